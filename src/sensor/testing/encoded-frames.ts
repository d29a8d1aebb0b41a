import {
  type CgroupRecord,
  EVENT_TYPES,
  type EventType,
  type HttpEvent,
  type LostRecord,
  type RawEvent,
  type ReadyRecord,
  type SuppressedRecord,
} from '#model/raw-event.js';
import {
  COMM_BYTES,
  EVENT_TYPE_CAPACITY,
  FRAME_FLAG,
  FRAME_KIND,
  FRAME_MAGIC,
  OFFSET,
} from '../frame-layout.ts';
import {
  BOOT_EPOCH_MS,
  eventBody,
  type FrameBody,
  type Payload,
  payloadBody,
} from './encoded-bodies.ts';

/** An event with the fields that a test does not care about filled in. */
export function aRawEvent<E extends RawEvent>(event: Partial<E> & Pick<E, 'type'>): E {
  const base = {
    seq: 1,
    timeMs: BOOT_EPOCH_MS + 5_000,
    cgroupId: 4242,
    mountNs: 4026532177,
    pid: 100,
    processStartMs: BOOT_EPOCH_MS + 4_000.5,
    tid: 100,
    ppid: 1,
    uid: 0,
    gid: 0,
    comm: 'sh',
    parentComm: 'init',
    setup: false,
  };
  const { type, ...given } = event;
  return { type, ...base, ...OWN[type], ...given } as unknown as E;
}

const EXE = { exePath: '/usr/bin/dash', upperLayer: false };
const LINK = { oldPath: '/etc/passwd', newPath: '/tmp/link', ...EXE };

const OWN: Readonly<Record<EventType, object>> = {
  exec: {
    args: ['sh', '-c', 'true'],
    argsTruncated: false,
    file: '/bin/sh',
    cwd: '/',
    ...EXE,
    parentUpperLayer: false,
    tty: { major: 0, minor: 0 },
  },
  open: { path: '/etc/passwd', flags: 0, result: 3 },
  fork: { childPid: 101, childStartMs: BOOT_EPOCH_MS + 5_000 },
  exit: { exitCode: 0, signal: 0 },
  capabilities: { capability: 'NET_ADMIN', syscall: 'ioctl' },
  syscall: { syscall: 'openat' },
  network: { direction: 'outbound', protocol: 'TCP', address: '10.0.0.8', port: 443 },
  dns: {
    isAnswer: false,
    direction: 'outbound',
    name: 'db.shop.svc.cluster.local.',
    addresses: [],
    protocol: 'UDP',
    address: '10.0.0.10',
    port: 53,
    sourcePort: 40_000,
  },
  http: {
    direction: 'outbound',
    internal: true,
    method: 'GET',
    url: '/health',
    host: 'web',
    headers: { Host: ['web'] },
    address: '10.0.0.8',
    port: 80,
    sourcePort: 40_000,
  } satisfies Partial<HttpEvent>,
  symlink: LINK,
  hardlink: LINK,
  iouring: { opcode: 18, flags: 0 },
  bpf: { cmd: 5, attrSize: 128, ...EXE },
  kmod: { module: 'dummy', syscall: 'finit_module', ...EXE },
  ptrace: { exePath: EXE.exePath, request: 16, targetPid: 77 },
  randomx: EXE,
  ssh: {
    address: '10.0.0.8',
    port: 22,
    sourceAddress: '10.0.0.9',
    sourcePort: 40_000,
  },
  unshare: { ...EXE, flags: 0x10000000 },
  mount: { source: 'proc', target: '/mnt', filesystem: 'proc', flags: 0, ...EXE },
  setns: { flags: 0x40000000, ...EXE },
};

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
  return frame(FRAME_KIND.ready, {
    head: Buffer.alloc(OFFSET.ready.json),
    tail: Buffer.from(JSON.stringify(fields)),
  });
}

/** The frame of an event. A path with a `base` is one that the kernel gave no path for. */
export function encodeEvent(event: RawEvent, base = ''): Buffer {
  return withHeader(event, eventBody(event, base));
}

/** The frame of a dns, http or ssh event with any bytes as what was sent or received. */
export function encodePayload(
  event: Extract<RawEvent, { type: 'dns' | 'http' | 'ssh' }>,
  payload: Payload,
): Buffer {
  return withHeader(event, payloadBody(payload));
}

function withHeader(event: RawEvent, body: FrameBody): Buffer {
  const bytes = frame(FRAME_KIND[event.type], body);
  bytes.writeBigUInt64LE(BigInt(event.seq), OFFSET.event.seq);
  bytes.writeBigUInt64LE(BigInt(event.cgroupId), OFFSET.event.cgroupId);
  bytes.writeBigUInt64LE(bootNs(event.processStartMs ?? 0), OFFSET.event.startBootNs);
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
  bytes.writeBigUInt64LE(bootNs(event.timeMs), OFFSET.frame.bootNs);
  return bytes;
}

export function encodeCgroup(
  record: Pick<CgroupRecord, 'cgroupId' | 'name' | 'parentName'>,
): Buffer {
  const name = Buffer.from(record.name);
  const parent = Buffer.from(record.parentName);
  const head = Buffer.alloc(OFFSET.cgroup.name);
  head.writeBigUInt64LE(BigInt(record.cgroupId), OFFSET.cgroup.cgroupId);
  head.writeUInt16LE(name.length, OFFSET.cgroup.nameSize);
  head.writeUInt16LE(parent.length, OFFSET.cgroup.parentSize);
  return frame(FRAME_KIND.cgroup, { head, tail: Buffer.concat([name, parent]) });
}

/** One entry a record. */
export function encodeLost(
  records: readonly Pick<LostRecord, 'count' | 'cgroupId' | 'reason'>[],
): Buffer {
  const head = Buffer.alloc(OFFSET.lost.entries);
  head.writeUInt32LE(records.length, OFFSET.lost.count);
  const entries = records.map(({ count, cgroupId = 0, reason }) => {
    const entry = Buffer.alloc(OFFSET.lostEntry.end);
    entry.writeBigUInt64LE(BigInt(cgroupId), OFFSET.lostEntry.cgroupId);
    const at = reason === 'share' ? OFFSET.lostEntry.share : OFFSET.lostEntry.full;
    entry.writeBigUInt64LE(BigInt(count), at);
    return entry;
  });
  return frame(FRAME_KIND.lost, { head, tail: Buffer.concat(entries) });
}

export function encodeSuppressed(
  record: Pick<SuppressedRecord, 'duplicates' | 'unwanted'>,
): Buffer {
  const head = Buffer.alloc(OFFSET.suppressed.end);
  writeCounts(head, OFFSET.suppressed.duplicates, record.duplicates);
  writeCounts(head, OFFSET.suppressed.unwanted, record.unwanted);
  return frame(FRAME_KIND.suppressed, { head });
}

type Counts = Readonly<Partial<Record<EventType, number>>>;

export function encodeTotals(emitted: Counts, lost: Counts): Buffer {
  const head = Buffer.alloc(OFFSET.totals.end);
  writeCounts(head, OFFSET.totals.emitted, emitted);
  writeCounts(head, OFFSET.totals.lost, lost);
  return frame(FRAME_KIND.totals, { head });
}

function writeCounts(bytes: Buffer, at: number, counts: Counts): void {
  if (EVENT_TYPES.length > EVENT_TYPE_CAPACITY) throw new Error('too many types of event');
  for (const [index, type] of EVENT_TYPES.entries()) {
    bytes.writeBigUInt64LE(BigInt(counts[type] ?? 0), at + 8 * index);
  }
}

function bootNs(timeMs: number): bigint {
  return BigInt(Math.max(0, Math.round((timeMs - BOOT_EPOCH_MS) * 1e6)));
}

function frame(kind: number, { flags = 0, head, tail = Buffer.alloc(0) }: FrameBody): Buffer {
  const bytes = Buffer.concat([head, tail]);
  bytes.writeUInt32LE(bytes.length, OFFSET.frame.size);
  bytes.writeUInt16LE(FRAME_MAGIC, OFFSET.frame.magic);
  bytes.writeUInt8(kind, OFFSET.frame.kind);
  bytes.writeUInt8(flags, OFFSET.frame.flags);
  bytes.writeBigUInt64LE(5_000_000_000n, OFFSET.frame.bootNs);
  return bytes;
}
