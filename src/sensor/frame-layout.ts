/**
 * The layout of the frames that the loader writes: the other half of `ebpf/records.h`, in the
 * order of that file, with which its test compares it. Everything is little-endian; offsets are from the start of a frame.
 */

/** "HW" when read as bytes. */
export const FRAME_MAGIC = 0x5748;
/** Bytes that tell whether a frame begins here: size, magic, kind and flags. */
export const FRAME_PREFIX_BYTES = 8;
/**
 * No frame is larger. The largest that the kernel makes has 128 + 6 × 4096 bytes, a ready frame 32 KiB and a
 * lost frame its 2,700 entries at most, so a larger size is damage, and memory stays bounded whatever the bytes say.
 */
export const MAX_FRAME_BYTES = 64 * 1024;

/** What a frame holds. Those from `exec` on are events, in the order of `EVENT_TYPES`. */
export const FRAME_KIND = {
  ready: 1,
  cgroup: 2,
  lost: 3,
  totals: 4,
  suppressed: 5,
  exec: 16,
  open: 17,
  fork: 18,
  exit: 19,
  capabilities: 20,
  syscall: 21,
  network: 22,
  dns: 23,
  http: 24,
  symlink: 25,
  hardlink: 26,
  iouring: 27,
  bpf: 28,
  kmod: 29,
  ptrace: 30,
  randomx: 31,
  ssh: 32,
  unshare: 33,
  mount: 34,
  setns: 35,
} as const;

/** Bits of a frame's flags. */
export const FRAME_FLAG = {
  setup: 1,
  upperLayer: 2,
  parentUpperLayer: 4,
  argsTruncated: 8,
  inbound: 16,
  textTruncated: 32,
} as const;

/** Where the ends of a connection are, from where they begin. */
export const SOCKET_OFFSET = {
  remoteAddress: 0,
  localAddress: 16,
  remotePort: 32,
  localPort: 34,
  family: 36,
  protocol: 37,
} as const;

/** Where the fields are. Those of `event` are in every frame that is an event. */
export const OFFSET = {
  frame: { size: 0, magic: 4, kind: 6, flags: 7, bootNs: 8 },
  event: {
    seq: 16,
    cgroupId: 24,
    startBootNs: 32,
    mountNs: 40,
    pid: 44,
    tid: 48,
    ppid: 52,
    uid: 56,
    gid: 60,
    comm: 64,
    parentComm: 80,
  },
  ready: { json: 16 },
  exec: {
    argsSize: 96,
    fileSize: 98,
    exeSize: 100,
    cwdSize: 102,
    ttyMajor: 104,
    ttyMinor: 108,
    args: 112,
  },
  open: { result: 96, flags: 100, baseSize: 104, pathSize: 106, base: 112 },
  fork: { childStartBootNs: 96, childPid: 104, end: 112 },
  exit: { exitCode: 96, signal: 100, end: 104 },
  capability: { capability: 96, syscall: 100, end: 104 },
  syscall: { number: 96, end: 104 },
  network: { ends: 96, end: 136 },
  payload: { ends: 96, exchange: 136, length: 144, captured: 148, bytes: 152 },
  act: {
    a: 96,
    b: 104,
    result: 112,
    exeSize: 116,
    firstBaseSize: 118,
    firstSize: 120,
    secondBaseSize: 122,
    secondSize: 124,
    thirdSize: 126,
    texts: 128,
  },
  cgroup: { cgroupId: 16, nameSize: 24, parentSize: 26, name: 32 },
  lost: { count: 16, entries: 24 },
  lostEntry: { cgroupId: 0, full: 8, share: 16, end: 24 },
  suppressed: { duplicates: 16, unwanted: 272, end: 528 },
  totals: { emitted: 16, lost: 272, end: 528 },
} as const;

/** Bytes of a thread's name, with NULs after it. */
export const COMM_BYTES = 16;
/** Bytes of an address; one of IPv4 has the first four. */
export const ADDRESS_BYTES = 16;
/** Suppressed and totals frames count each type of event by itself, and have room for this many. */
export const EVENT_TYPE_CAPACITY = 32;

/** The address family (`AF_INET`, `AF_INET6`) of the ends of a connection. */
export const ADDRESS_FAMILY = { ipv4: 2, ipv6: 10 } as const;

/** How many prefixes of opens the kernel side can tell apart, and how much of each. */
export const OPEN_PREFIX = { count: 4096, bytes: 255 } as const;
