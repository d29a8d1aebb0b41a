import type { CommCache } from './comm-cache.ts';
import type { DnsQuestions } from './dns-questions.ts';
import { FRAME_FLAG, OFFSET } from './frame-layout.ts';
import type { HttpExchanges } from './http-exchanges.ts';
import type { SyscallNames } from './syscall-names.ts';

/** Bytes that hold whole frames, how the kernel's clock relates to the world's, and what is known of earlier ones. */
export interface FrameBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Milliseconds since the Unix epoch when the machine was booted. */
  readonly epochOffsetMs: number;
  readonly comms: CommCache;
  readonly exchanges: HttpExchanges;
  readonly questions: DnsQuestions;
  readonly syscallName: SyscallNames;
}

const TWO_TO_32 = 2 ** 32;

/** An unsigned 64-bit number; exact up to 2^53. */
export function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_TO_32;
}

/** Milliseconds since the Unix epoch of the nanoseconds since boot that stand at `at`. */
export function readBootTimeMs({ view, epochOffsetMs }: FrameBytes, at: number): number {
  return readUint64(view, at) / 1e6 + epochOffsetMs;
}

/** When the frame that starts at `at` was made. */
export function readTimeMs(frame: FrameBytes, at: number): number {
  return readBootTimeMs(frame, at + OFFSET.frame.bootNs);
}

/** Whether the frame that starts at `at` has a flag of `FRAME_FLAG`. */
export function hasFlag(view: DataView, at: number, flag: number): boolean {
  return (view.getUint8(at + OFFSET.frame.flags) & flag) !== 0;
}

/** What every event has. An open writes it out, and says why. */
export function baseOf(frame: FrameBytes, at: number) {
  const { bytes, comms, view } = frame;
  return {
    seq: readUint64(view, at + OFFSET.event.seq),
    timeMs: readTimeMs(frame, at),
    cgroupId: readUint64(view, at + OFFSET.event.cgroupId),
    mountNs: view.getUint32(at + OFFSET.event.mountNs, true),
    pid: view.getUint32(at + OFFSET.event.pid, true),
    processStartMs: readBootTimeMs(frame, at + OFFSET.event.startBootNs),
    tid: view.getUint32(at + OFFSET.event.tid, true),
    ppid: view.getUint32(at + OFFSET.event.ppid, true),
    uid: view.getUint32(at + OFFSET.event.uid, true),
    gid: view.getUint32(at + OFFSET.event.gid, true),
    comm: comms.read(bytes, view, at + OFFSET.event.comm),
    parentComm: comms.read(bytes, view, at + OFFSET.event.parentComm),
    setup: hasFlag(view, at, FRAME_FLAG.setup),
  };
}
