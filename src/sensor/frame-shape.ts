import { FRAME_KIND, FRAME_MAGIC, MAX_FRAME_BYTES, OFFSET } from './frame-layout.ts';
import { hasSocketEnds } from './frame-sockets.ts';

/** The frames that all have the layout of an act. */
const ACT_KINDS = [
  FRAME_KIND.symlink,
  FRAME_KIND.hardlink,
  FRAME_KIND.iouring,
  FRAME_KIND.bpf,
  FRAME_KIND.kmod,
  FRAME_KIND.ptrace,
  FRAME_KIND.randomx,
  FRAME_KIND.unshare,
  FRAME_KIND.mount,
  FRAME_KIND.setns,
];
const PAYLOAD_KINDS = [FRAME_KIND.dns, FRAME_KIND.http, FRAME_KIND.ssh];

/** The fixed part of each kind's frames, by kind; 0 for what is no kind. */
const FIXED_BYTES: readonly number[] = fixedBytes([
  // A ready frame holds at least an empty object.
  [FRAME_KIND.ready, OFFSET.ready.json + 2],
  [FRAME_KIND.cgroup, OFFSET.cgroup.name],
  [FRAME_KIND.lost, OFFSET.lost.entries],
  [FRAME_KIND.totals, OFFSET.totals.end],
  [FRAME_KIND.suppressed, OFFSET.suppressed.end],
  [FRAME_KIND.exec, OFFSET.exec.args],
  [FRAME_KIND.open, OFFSET.open.base],
  [FRAME_KIND.fork, OFFSET.fork.end],
  [FRAME_KIND.exit, OFFSET.exit.end],
  [FRAME_KIND.capabilities, OFFSET.capability.end],
  [FRAME_KIND.syscall, OFFSET.syscall.end],
  [FRAME_KIND.network, OFFSET.network.end],
  ...PAYLOAD_KINDS.map((kind) => [kind, OFFSET.payload.bytes] as const),
  ...ACT_KINDS.map((kind) => [kind, OFFSET.act.texts] as const),
]);

/** Offsets of the sizes of an act's texts. */
const ACT_SIZES = [
  OFFSET.act.exeSize,
  OFFSET.act.firstBaseSize,
  OFFSET.act.firstSize,
  OFFSET.act.secondBaseSize,
  OFFSET.act.secondSize,
  OFFSET.act.thirdSize,
];

/** Whether a frame of a known kind and a possible size begins at `at`, where its prefix is whole. */
export function isFrameStart(view: DataView, at: number): boolean {
  if (view.getUint16(at + OFFSET.frame.magic, true) !== FRAME_MAGIC) return false;
  const size = view.getUint32(at, true);
  const smallest = FIXED_BYTES[view.getUint8(at + OFFSET.frame.kind)] ?? 0;
  return smallest > 0 && size >= smallest && size <= MAX_FRAME_BYTES;
}

/**
 * Whether the frame at `at`, which {@link isFrameStart} and is no ready frame, is filled exactly by its parts of
 * variable length, so that none reaches beyond it, and names an address family and a protocol that there are.
 */
export function isSoundFrame(view: DataView, at: number): boolean {
  const kind = view.getUint8(at + OFFSET.frame.kind);
  const size = view.getUint32(at, true);
  if (size !== (FIXED_BYTES[kind] ?? 0) + variableBytes(view, at, kind)) return false;
  switch (kind) {
    case FRAME_KIND.network:
      return hasSocketEnds(view, at + OFFSET.network.ends);
    case FRAME_KIND.dns:
    case FRAME_KIND.http:
    case FRAME_KIND.ssh:
      return hasSocketEnds(view, at + OFFSET.payload.ends);
    default:
      return true;
  }
}

function variableBytes(view: DataView, at: number, kind: number): number {
  const part = (offset: number) => view.getUint16(at + offset, true);
  switch (kind) {
    case FRAME_KIND.open:
      return part(OFFSET.open.baseSize) + part(OFFSET.open.pathSize);
    case FRAME_KIND.exec:
      return (
        part(OFFSET.exec.argsSize) +
        part(OFFSET.exec.fileSize) +
        part(OFFSET.exec.exeSize) +
        part(OFFSET.exec.cwdSize)
      );
    case FRAME_KIND.cgroup:
      return part(OFFSET.cgroup.nameSize) + part(OFFSET.cgroup.parentSize);
    case FRAME_KIND.lost:
      return view.getUint32(at + OFFSET.lost.count, true) * OFFSET.lostEntry.end;
    case FRAME_KIND.dns:
    case FRAME_KIND.http:
    case FRAME_KIND.ssh:
      return part(OFFSET.payload.captured);
    default:
      return kind >= FRAME_KIND.symlink ? actBytes(part) : 0;
  }
}

/** All kinds from `symlink` on that are not payloads are acts. */
function actBytes(part: (offset: number) => number): number {
  let bytes = 0;
  for (const offset of ACT_SIZES) bytes += part(offset);
  return bytes;
}

function fixedBytes(sizes: readonly (readonly [kind: number, bytes: number])[]): number[] {
  const byKind = new Array<number>(256).fill(0);
  for (const [kind, bytes] of sizes) byKind[kind] = bytes;
  return byKind;
}
