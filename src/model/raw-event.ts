/** The kinds of event that the kernel side reports. Names are those that rules use as `eventType`. */
export const EVENT_TYPES = ['exec', 'open', 'fork', 'exit'] as const;

/** One of {@link EVENT_TYPES}. */
export type EventType = (typeof EVENT_TYPES)[number];

/** What every event carries, whatever its type. */
export interface RawEventBase {
  readonly type: EventType;
  /**
   * Number given by the kernel side when it decided to emit the event, from 1, no gaps over all
   * CPUs. A number that never arrives was lost and is counted in a {@link LostRecord}.
   */
  readonly seq: number;
  /** When it happened: milliseconds since the Unix epoch, with a fraction (resolution below 1 µs). */
  readonly timeMs: number;
  /** Inode number of the task's cgroup in the v2 hierarchy: unique for the life of the kernel. */
  readonly cgroupId: number;
  /** Inode number of the task's mount namespace. Reused at once by the kernel, so never a key. */
  readonly mountNs: number;
  /** Process id (thread group) as the host sees it. */
  readonly pid: number;
  /** Thread id as the host sees it. */
  readonly tid: number;
  /** Process id of the real parent, as the host sees it. */
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
  /** Thread name, at most 15 bytes. The process can set it: never trust it. */
  readonly comm: string;
  /** Thread name of the parent's leader. */
  readonly parentComm: string;
  /**
   * True while the process was placed into the container from outside and has not executed a
   * program there yet: it is the runtime at work, not the container.
   */
  readonly setup: boolean;
}

/** A program was started (after the kernel has replaced the old one). */
export interface ExecEvent extends RawEventBase {
  readonly type: 'exec';
  /** The argument vector with `argv[0]`, at most 4 KB of it. */
  readonly args: readonly string[];
  /** True when the argument vector was longer than what is kept, or could not be read whole. */
  readonly argsTruncated: boolean;
  /** The file name as it was given to execve. */
  readonly file: string;
  /** Absolute path of the running program as the kernel resolved it; `memfd:name` for anonymous ones. */
  readonly exePath: string;
  readonly cwd: string;
  /** The program's file lies in the container's writable layer: it was not in the image. */
  readonly upperLayer: boolean;
  /** The same for the parent's program. */
  readonly parentUpperLayer: boolean;
}

/** A file was opened, or an attempt failed. */
export interface OpenEvent extends RawEventBase {
  readonly type: 'open';
  /** Absolute path within the container, as the kernel resolved it; for a failed open, as far as it goes. */
  readonly path: string;
  /** The flags given to open(2), as a number. */
  readonly flags: number;
  /** The new file descriptor, or minus the errno. */
  readonly result: number;
}

/** A process (not a thread) was created. The event's own `pid` is the parent. */
export interface ForkEvent extends RawEventBase {
  readonly type: 'fork';
  readonly childPid: number;
}

/** The last thread of a process ended. */
export interface ExitEvent extends RawEventBase {
  readonly type: 'exit';
  /** 0 to 255. */
  readonly exitCode: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
}

/** What the kernel said happened. The same for the live sensor, for adapters and for recordings. */
export type RawEvent = ExecEvent | OpenEvent | ForkEvent | ExitEvent;

/** First record of a source: what it is and what it can see. */
export interface ReadyRecord {
  readonly type: 'ready';
  readonly timeMs: number;
  /** For example `6.18.44`. */
  readonly kernel: string;
  /** Programs that were loaded and attached. */
  readonly programs: readonly string[];
  /** Programs that were not, and why. */
  readonly skipped: readonly { readonly program: string; readonly reason: string }[];
}

/** A cgroup was seen; comes before the first event that names it, and may be repeated later. */
export interface CgroupRecord {
  readonly type: 'cgroup';
  readonly timeMs: number;
  readonly cgroupId: number;
  /** Name of the outermost cgroup that looks like a container's, else of the task's own. */
  readonly name: string;
  readonly parentName: string;
}

/** Events that the kernel side counted but could not deliver. */
export interface LostRecord {
  readonly type: 'lost';
  readonly timeMs: number;
  /** How many were lost since the last such record. */
  readonly count: number;
}

/** Sent when a source ends in order: what its kernel side counted over its whole life. */
export interface TotalsRecord {
  readonly type: 'totals';
  readonly timeMs: number;
  /** Events that were given a sequence number. */
  readonly emitted: number;
  /** Those of them that could not be delivered. */
  readonly lost: number;
}

/** Bytes of the source that could not be understood. Each counts as one event that was emitted. */
export interface DamagedRecord {
  readonly type: 'damaged';
  readonly timeMs: number;
  /** What was wrong, for a person. */
  readonly reason: string;
}

/** Everything that a source can say. */
export type RawRecord =
  | RawEvent
  | ReadyRecord
  | CgroupRecord
  | LostRecord
  | TotalsRecord
  | DamagedRecord;

/** A source of kernel events: the live sensor, or a recording. */
export interface EventSource {
  /**
   * Delivers batches in the order in which they were emitted until the source ends or `signal`
   * aborts, and settles after its own clean-up. Rejects with `unavailable` when the source cannot
   * start or dies.
   */
  run(options: {
    readonly onRecords: (records: readonly RawRecord[]) => void;
    readonly signal: AbortSignal;
  }): Promise<void>;
}

/** True for the records that are events, which are counted. */
export function isRawEvent(record: RawRecord): record is RawEvent {
  switch (record.type) {
    case 'exec':
    case 'open':
    case 'fork':
    case 'exit':
      return true;
    case 'ready':
    case 'cgroup':
    case 'lost':
    case 'totals':
    case 'damaged':
      return false;
    default:
      return record satisfies never;
  }
}
