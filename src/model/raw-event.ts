import type { SensorControl } from './sensor-control.ts';

/** The kinds of event that the kernel side reports. Names are those that rules use as `eventType`. */
export const EVENT_TYPES = [
  'exec',
  'open',
  'fork',
  'exit',
  'capabilities',
  'syscall',
  'network',
  'dns',
  'http',
  'symlink',
  'hardlink',
  'iouring',
  'bpf',
  'kmod',
  'ptrace',
  'randomx',
  'ssh',
  'unshare',
  'mount',
  'setns',
] as const;

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
  /**
   * When the process began: milliseconds since the Unix epoch. With the pid it is never another one's. Absent when
   * the source does not tell.
   */
  readonly processStartMs?: number;
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
  /** Where in the program it happened, outermost frame first; absent when the source does not tell. */
  readonly callStack?: readonly EventFrame[];
}

/** One frame of a user-space call stack. */
export interface EventFrame {
  /** What the code was loaded from; no `:` or `/` in it. */
  readonly fileId: string;
  readonly line: number;
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
  /** Names of its environment variables, never their values; absent when the source does not tell. */
  readonly envNames?: readonly string[];
  /** Its controlling terminal, both 0 when it has none; absent when the source does not tell. */
  readonly tty?: { readonly major: number; readonly minor: number };
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
  /** True when the path was longer than what is kept. */
  readonly pathTruncated?: boolean;
}

/** A process (not a thread) was created. The event's own `pid` is the parent. */
export interface ForkEvent extends RawEventBase {
  readonly type: 'fork';
  readonly childPid: number;
  /** When the child began; see {@link RawEventBase.processStartMs}. */
  readonly childStartMs?: number;
}

/** The last thread of a process ended. */
export interface ExitEvent extends RawEventBase {
  readonly type: 'exit';
  /** 0 to 255. */
  readonly exitCode: number;
  /** The signal that ended it, or 0. */
  readonly signal: number;
}

/** A capability was used. */
export interface CapabilitiesEvent extends RawEventBase {
  readonly type: 'capabilities';
  /** Without `CAP_`, for example `NET_ADMIN`. */
  readonly capability: string;
  /** Name of the system call that needed it; empty when the source does not tell. */
  readonly syscall: string;
}

/** A system call was made for the first time since the source last said so. */
export interface SyscallEvent extends RawEventBase {
  readonly type: 'syscall';
  /** For example `openat`. */
  readonly syscall: string;
}

/** Seen from the container: it connected or sent (`outbound`), or was connected or sent to (`inbound`). */
export type Direction = 'inbound' | 'outbound';

/** What stands behind an address, as far as the source knows. */
export interface NetworkPeer {
  readonly kind: 'pod' | 'service';
  readonly namespace: string;
  readonly name: string;
  /** Of a pod, its labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a service, what it selects its pods by. */
  readonly selector?: Readonly<Record<string, string>>;
}

/** A connection was made or accepted, or a datagram was sent or received. */
export interface NetworkEvent extends RawEventBase {
  readonly type: 'network';
  readonly direction: Direction;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  /** The other side, IPv4 or IPv6 in its usual text form. */
  readonly address: string;
  /** The port that was connected to: the other side's if outbound, the container's own if inbound. */
  readonly port: number;
  readonly peer?: NetworkPeer;
  /** DNS names that the container was given this address for, newest first; absent when there are none. */
  readonly names?: readonly string[];
}

/** A DNS question was sent, or its answer came. */
export interface DnsEvent extends RawEventBase {
  readonly type: 'dns';
  /** With the dot at its end; empty for what went over a port of DNS and is none. */
  readonly name: string;
  readonly isAnswer: boolean;
  /** `inbound`: the container is the server that was asked. Absent when the source does not tell. */
  readonly direction?: Direction;
  /** The addresses in an answer. */
  readonly addresses: readonly string[];
  /** For how many seconds the addresses may be kept: the least of the answer. Absent when the source does not tell. */
  readonly ttlSeconds?: number;
  readonly protocol: 'TCP' | 'UDP';
  /** The DNS server. */
  readonly address: string;
  readonly port: number;
  readonly sourcePort: number;
}

/** An HTTP request, or the answer to one. */
export interface HttpEvent extends RawEventBase {
  readonly type: 'http';
  /** The status code when this is the answer; what was asked then stands in the other fields, as far as it was seen. */
  readonly answerStatus?: number;
  readonly direction: Direction;
  /** Both sides are on this host or in this cluster's networks. */
  readonly internal: boolean;
  /** Empty for what began like HTTP and is none. */
  readonly method: string;
  /** As in the request line: path and query. */
  readonly url: string;
  /** The `Host` header; empty when there was none. */
  readonly host: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** The request's body as text, as far as the source kept it; absent when it kept none. */
  readonly body?: string;
  /** The other side. */
  readonly address: string;
  /** The server's port, whichever side that is. */
  readonly port: number;
  readonly sourcePort: number;
}

/** A symbolic or a hard link was made. */
export interface LinkEvent extends RawEventBase {
  readonly type: 'symlink' | 'hardlink';
  readonly oldPath: string;
  readonly newPath: string;
  readonly exePath: string;
  readonly upperLayer: boolean;
}

/** An operation was handed to io_uring. */
export interface IouringEvent extends RawEventBase {
  readonly type: 'iouring';
  readonly opcode: number;
  readonly flags: number;
}

/** A call of bpf(2). */
export interface BpfEvent extends RawEventBase {
  readonly type: 'bpf';
  /** The command's number: 5 loads a program. */
  readonly cmd: number;
  /** Bytes of the attributes that were handed over. */
  readonly attrSize: number;
  readonly exePath: string;
  readonly upperLayer: boolean;
}

/** A kernel module was loaded or unloaded, or an attempt was made. */
export interface KmodEvent extends RawEventBase {
  readonly type: 'kmod';
  /** Name of the module; empty when the kernel does not know it yet. */
  readonly module: string;
  /** `init_module`, `finit_module` or `delete_module`. */
  readonly syscall: string;
  readonly exePath: string;
  readonly upperLayer: boolean;
}

/** A process took control of another one by ptrace(2). */
export interface PtraceEvent extends RawEventBase {
  readonly type: 'ptrace';
  readonly exePath: string;
  /** The `PTRACE_…` number; absent when the source does not tell. */
  readonly request?: number;
  /** The other process as the host sees it; absent when the source does not tell. */
  readonly targetPid?: number;
}

/** The floating-point mode was changed as miners of RandomX coins change it. */
export interface RandomxEvent extends RawEventBase {
  readonly type: 'randomx';
  readonly exePath: string;
  readonly upperLayer: boolean;
}

/** An SSH banner went over a connection. */
export interface SshEvent extends RawEventBase {
  readonly type: 'ssh';
  /** The server's side. */
  readonly address: string;
  readonly port: number;
  readonly sourceAddress: string;
  readonly sourcePort: number;
}

/** New namespaces were made by unshare(2). */
export interface UnshareEvent extends RawEventBase {
  readonly type: 'unshare';
  readonly exePath: string;
  readonly upperLayer: boolean;
  /** `CLONE_NEW…` bits; absent when the source does not tell. */
  readonly flags?: number;
}

/** A file system was mounted, or something that was mounted was moved or changed, by the container. */
export interface MountEvent extends RawEventBase {
  readonly type: 'mount';
  readonly source: string;
  /** Absolute path within the container. */
  readonly target: string;
  /** Type of the file system; empty when the call gives none. */
  readonly filesystem: string;
  /** `MS_…` bits. */
  readonly flags: number;
  readonly exePath: string;
  readonly upperLayer: boolean;
}

/** A process entered namespaces that exist by setns(2). */
export interface SetnsEvent extends RawEventBase {
  readonly type: 'setns';
  /** `CLONE_NEW…` bits of the namespaces; 0 when it is not known. */
  readonly flags: number;
  readonly exePath: string;
  readonly upperLayer: boolean;
}

/** What the kernel said happened. The same for the live sensor, for adapters and for recordings. */
export type RawEvent =
  | ExecEvent
  | OpenEvent
  | ForkEvent
  | ExitEvent
  | CapabilitiesEvent
  | SyscallEvent
  | NetworkEvent
  | DnsEvent
  | HttpEvent
  | LinkEvent
  | IouringEvent
  | BpfEvent
  | KmodEvent
  | PtraceEvent
  | RandomxEvent
  | SshEvent
  | UnshareEvent
  | MountEvent
  | SetnsEvent;

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
  /** Whose they were: the cgroup of their events. Absent when that is not known. */
  readonly cgroupId?: number;
  /** `share`: this container had filled its part of the buffer. Absent: the buffer was full. */
  readonly reason?: 'share';
}

/** What the kernel side did not tell on purpose since the last such record. No number was given to any of it. */
export interface SuppressedRecord {
  readonly type: 'suppressed';
  readonly timeMs: number;
  /** Like an event that was told a moment ago. */
  readonly duplicates: Readonly<Partial<Record<EventType, number>>>;
  /** Nobody asked for it: see `SensorControl`. */
  readonly unwanted: Readonly<Partial<Record<EventType, number>>>;
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
  /**
   * True: from here on events of some kinds are not seen at all, though the source goes on. False: from here on all are
   * seen again. Absent: as before. What a container does first meanwhile, nobody sees.
   */
  readonly isBlind?: boolean;
}

/** Everything that a source can say. */
export type RawRecord =
  | RawEvent
  | ReadyRecord
  | CgroupRecord
  | LostRecord
  | SuppressedRecord
  | TotalsRecord
  | DamagedRecord;

/** A source of kernel events: the live sensor, or a recording. */
export interface EventSource {
  /** How the source can be told to tell less; absent when it cannot. */
  readonly control?: SensorControl;
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
  return EVENT_TYPE_SET.has(record.type);
}

const EVENT_TYPE_SET: ReadonlySet<string> = new Set(EVENT_TYPES);
