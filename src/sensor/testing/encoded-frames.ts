import type {
  CgroupRecord,
  ExecEvent,
  ExitEvent,
  ForkEvent,
  OpenEvent,
  ReadyRecord,
} from '#model/raw-event.js';
import { COMM_BYTES, FRAME_FLAG, FRAME_KIND, FRAME_MAGIC, OFFSET } from '../frame-layout.ts';

/** Boot time in milliseconds since the Unix epoch that encoded frames are relative to. */
export const BOOT_EPOCH_MS = 1_700_000_000_000;

/** The events that the kernel side has frames for; the other kinds come from recordings only. */
export type FrameEvent = ExecEvent | OpenEvent | ForkEvent | ExitEvent;

/** An event with the fields that a test does not care about filled in. */
export function aRawEvent<E extends FrameEvent>(event: Partial<E> & Pick<E, 'type'>): E {
  const base = {
    seq: 1,
    timeMs: BOOT_EPOCH_MS + 5_000,
    cgroupId: 4242,
    mountNs: 4026532177,
    pid: 100,
    tid: 100,
    ppid: 1,
    uid: 0,
    gid: 0,
    comm: 'sh',
    parentComm: 'init',
    setup: false,
  };
  const own: Record<FrameEvent['type'], object> = {
    exec: {
      args: ['sh', '-c', 'true'],
      argsTruncated: false,
      file: '/bin/sh',
      exePath: '/usr/bin/dash',
      cwd: '/',
      upperLayer: false,
      parentUpperLayer: false,
    },
    open: { path: '/etc/passwd', flags: 0, result: 3 },
    fork: { childPid: 101 },
    exit: { exitCode: 0, signal: 0 },
  };
  const { type, ...given } = event;
  return { type, ...base, ...own[type], ...given } as unknown as E;
}

/** The loader's first frame. */
export function encodeReady(
  ready: Partial<Pick<ReadyRecord, 'kernel' | 'programs' | 'skipped'>> = {},
): Buffer {
  const fields = {
    cpus: 2,
    epochOffsetNs: `${BigInt(BOOT_EPOCH_MS) * 1_000_000n}`,
    kernel: '6.18.44',
    programs: ['process_exec'],
    skipped: [],
    ...ready,
  };
  return frame(FRAME_KIND.ready, { tail: Buffer.from(JSON.stringify(fields)) });
}

/** The frame of an event. An open with a `base` is one that the kernel gave no path for. */
export function encodeEvent(event: FrameEvent, base = ''): Buffer {
  const bytes = encodeParts(event, base);
  bytes.writeBigUInt64LE(BigInt(event.seq), OFFSET.event.seq);
  bytes.writeBigUInt64LE(BigInt(event.cgroupId), OFFSET.event.cgroupId);
  bytes.writeUInt32LE(event.mountNs, OFFSET.event.mountNs);
  bytes.writeUInt32LE(event.pid, OFFSET.event.pid);
  bytes.writeUInt32LE(event.tid, OFFSET.event.tid);
  bytes.writeUInt32LE(event.ppid, OFFSET.event.ppid);
  bytes.writeUInt32LE(event.uid, OFFSET.event.uid);
  bytes.writeUInt32LE(event.gid, OFFSET.event.gid);
  bytes.fill(0, OFFSET.event.comm, OFFSET.event.parentComm + COMM_BYTES);
  bytes.write(event.comm, OFFSET.event.comm, COMM_BYTES - 1);
  bytes.write(event.parentComm, OFFSET.event.parentComm, COMM_BYTES - 1);
  if (event.setup) bytes[OFFSET.frame.flags] = (bytes[OFFSET.frame.flags] ?? 0) | FRAME_FLAG.setup;
  const bootNs = Math.round((event.timeMs - BOOT_EPOCH_MS) * 1e6);
  bytes.writeBigUInt64LE(BigInt(bootNs), OFFSET.frame.bootNs);
  return bytes;
}

function encodeParts(event: FrameEvent, base: string): Buffer {
  switch (event.type) {
    case 'exec': {
      const args = Buffer.from(event.args.map((argument) => `${argument}\0`).join(''));
      const parts = [
        args,
        ...[event.file, event.exePath, event.cwd].map((text) => Buffer.from(text)),
      ];
      const flags =
        (event.argsTruncated ? FRAME_FLAG.argsTruncated : 0) |
        (event.upperLayer ? FRAME_FLAG.upperLayer : 0) |
        (event.parentUpperLayer ? FRAME_FLAG.parentUpperLayer : 0);
      const bytes = frame(FRAME_KIND.exec, { flags, head: 96, tail: Buffer.concat(parts) });
      parts.forEach((part, index) => {
        bytes.writeUInt16LE(part.length, OFFSET.exec.argsSize + 2 * index);
      });
      return bytes;
    }
    case 'open': {
      const parts = [Buffer.from(base), Buffer.from(event.path)] as const;
      const bytes = frame(FRAME_KIND.open, { head: 104, tail: Buffer.concat(parts) });
      bytes.writeInt32LE(event.result, OFFSET.open.result);
      bytes.writeUInt32LE(event.flags, OFFSET.open.flags);
      bytes.writeUInt16LE(parts[0].length, OFFSET.open.baseSize);
      bytes.writeUInt16LE(parts[1].length, OFFSET.open.pathSize);
      return bytes;
    }
    case 'fork': {
      const bytes = frame(FRAME_KIND.fork, { head: 96 });
      bytes.writeUInt32LE(event.childPid, OFFSET.fork.childPid);
      return bytes;
    }
    case 'exit': {
      const bytes = frame(FRAME_KIND.exit, { head: 96 });
      bytes.writeUInt32LE(event.exitCode, OFFSET.exit.exitCode);
      bytes.writeUInt32LE(event.signal, OFFSET.exit.signal);
      return bytes;
    }
    default:
      return event satisfies never;
  }
}

export function encodeCgroup(
  record: Pick<CgroupRecord, 'cgroupId' | 'name' | 'parentName'>,
): Buffer {
  const name = Buffer.from(record.name);
  const parent = Buffer.from(record.parentName);
  const bytes = frame(FRAME_KIND.cgroup, { head: 32, tail: Buffer.concat([name, parent]) });
  bytes.writeBigUInt64LE(BigInt(record.cgroupId), OFFSET.cgroup.cgroupId);
  bytes.writeUInt16LE(name.length, OFFSET.cgroup.nameSize);
  bytes.writeUInt16LE(parent.length, OFFSET.cgroup.parentSize);
  return bytes;
}

/** Counts in the order exec, open, fork, exit. */
export function encodeLost(counts: readonly number[]): Buffer {
  const bytes = frame(FRAME_KIND.lost, { head: 48 });
  writeCounts(bytes, OFFSET.lost.counts, counts);
  return bytes;
}

/** Counts in the order exec, open, fork, exit. */
export function encodeTotals(emitted: readonly number[], lost: readonly number[]): Buffer {
  const bytes = frame(FRAME_KIND.totals, { head: 80 });
  writeCounts(bytes, OFFSET.totals.emitted, emitted);
  writeCounts(bytes, OFFSET.totals.lost, lost);
  return bytes;
}

function writeCounts(bytes: Buffer, at: number, counts: readonly number[]): void {
  counts.forEach((count, type) => {
    bytes.writeBigUInt64LE(BigInt(count), at + 8 * type);
  });
}

interface FrameParts {
  readonly flags?: number;
  /** Size of the fixed part. */
  readonly head?: number;
  readonly tail?: Buffer;
}

function frame(kind: number, { flags = 0, head = 16, tail = Buffer.alloc(0) }: FrameParts): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(head), tail]);
  bytes.writeUInt32LE(bytes.length, OFFSET.frame.size);
  bytes.writeUInt16LE(FRAME_MAGIC, OFFSET.frame.magic);
  bytes.writeUInt8(kind, OFFSET.frame.kind);
  bytes.writeUInt8(flags, OFFSET.frame.flags);
  bytes.writeBigUInt64LE(5_000_000_000n, OFFSET.frame.bootNs);
  return bytes;
}
