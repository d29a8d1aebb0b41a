/**
 * The layout of the frames that the loader writes: the other half of `ebpf/records.h`, in the
 * order of that file. Everything is little-endian; offsets are from the start of a frame.
 */

/** "HW" when read as bytes. */
export const FRAME_MAGIC = 0x5748;
/** Bytes that tell whether a frame begins here: size, magic, kind and flags. */
export const FRAME_PREFIX_BYTES = 8;
/**
 * No frame is larger. An exec frame has at most 96 + 4 × 4096 bytes and a ready frame 32 KiB, so a
 * larger size is damage, and memory stays bounded whatever the bytes say.
 */
export const MAX_FRAME_BYTES = 64 * 1024;

/** What a frame holds. */
export const FRAME_KIND = {
  ready: 1,
  exec: 2,
  open: 3,
  fork: 4,
  exit: 5,
  cgroup: 6,
  lost: 7,
  totals: 8,
} as const;

/** Bits of a frame's flags. */
export const FRAME_FLAG = {
  setup: 1,
  upperLayer: 2,
  parentUpperLayer: 4,
  argsTruncated: 8,
} as const;

/** Where the fields are. Those of `event` are in every frame that is an event. */
export const OFFSET = {
  frame: { size: 0, magic: 4, kind: 6, flags: 7, bootNs: 8 },
  event: {
    seq: 16,
    cgroupId: 24,
    mountNs: 32,
    pid: 36,
    tid: 40,
    ppid: 44,
    uid: 48,
    gid: 52,
    comm: 56,
    parentComm: 72,
  },
  ready: { json: 16 },
  exec: { argsSize: 88, fileSize: 90, exeSize: 92, cwdSize: 94, args: 96 },
  open: { result: 88, flags: 92, baseSize: 96, pathSize: 98, base: 104 },
  fork: { childPid: 88 },
  exit: { exitCode: 88, signal: 92 },
  cgroup: { cgroupId: 16, nameSize: 24, parentSize: 26, name: 32 },
  lost: { counts: 16 },
  totals: { emitted: 16, lost: 48 },
} as const;

/** Bytes of a thread's name, with NULs after it. */
export const COMM_BYTES = 16;
/** Lost and totals frames count each type of event by itself. */
export const EVENT_TYPE_COUNT = 4;

/** The smallest frame of each kind, by kind; 0 for what is no kind. */
export const MIN_FRAME_BYTES: readonly number[] = [0, 18, 96, 104, 96, 96, 32, 48, 80];
