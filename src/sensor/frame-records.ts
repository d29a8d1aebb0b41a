import type { RawEvent, RawRecord } from '#model/raw-event.js';
import { decodeCgroup, decodeLost, decodeSuppressed, decodeTotals } from './frame-accounts.ts';
import { type ActEvent, decodeAct } from './frame-acts.ts';
import type { FrameBytes } from './frame-bytes.ts';
import {
  decodeCapability,
  decodeExec,
  decodeExit,
  decodeFork,
  decodeOpen,
  decodeSyscall,
} from './frame-events.ts';
import { FRAME_KIND, OFFSET } from './frame-layout.ts';
import { decodeDns, decodeHttp, decodeSsh } from './frame-payloads.ts';
import { decodeNetwork } from './frame-sockets.ts';

type DecodeEvent = (frame: FrameBytes, at: number) => RawEvent;

/** How the event of each kind of frame is read, but for opens, which have their own way. */
const EVENT_DECODERS: ReadonlyMap<number, DecodeEvent> = new Map<number, DecodeEvent>([
  [FRAME_KIND.exec, decodeExec],
  [FRAME_KIND.fork, decodeFork],
  [FRAME_KIND.exit, decodeExit],
  [FRAME_KIND.capabilities, decodeCapability],
  [FRAME_KIND.syscall, decodeSyscall],
  [FRAME_KIND.network, decodeNetwork],
  [FRAME_KIND.dns, decodeDns],
  [FRAME_KIND.http, decodeHttp],
  [FRAME_KIND.ssh, decodeSsh],
  ...(
    [
      'symlink',
      'hardlink',
      'iouring',
      'bpf',
      'kmod',
      'ptrace',
      'randomx',
      'unshare',
      'mount',
      'setns',
    ] as const satisfies readonly ActEvent['type'][]
  ).map((type) => [FRAME_KIND[type], actDecoder(type)] as const),
]);

/**
 * Adds what the frame that starts at `at` says, which must be sound and no ready frame: one record, or of a
 * lost frame as many as it has things to tell.
 */
export function decodeFrame(frame: FrameBytes, at: number, records: RawRecord[]): void {
  const kind = frame.view.getUint8(at + OFFSET.frame.kind);
  // Nearly all frames are opens, which need no table to be found.
  if (kind === FRAME_KIND.open) {
    records.push(decodeOpen(frame, at));
    return;
  }
  const decodeEvent = EVENT_DECODERS.get(kind);
  if (decodeEvent !== undefined) records.push(decodeEvent(frame, at));
  else decodeAccount(frame, at, records);
}

function decodeAccount(frame: FrameBytes, at: number, records: RawRecord[]): void {
  switch (frame.view.getUint8(at + OFFSET.frame.kind)) {
    case FRAME_KIND.cgroup:
      records.push(decodeCgroup(frame, at));
      return;
    case FRAME_KIND.lost:
      records.push(...decodeLost(frame, at));
      return;
    case FRAME_KIND.suppressed:
      records.push(decodeSuppressed(frame, at));
      return;
    default:
      records.push(decodeTotals(frame, at));
  }
}

function actDecoder(type: ActEvent['type']): DecodeEvent {
  return (frame, at) => decodeAct(type, frame, at);
}
