import type {
  CapabilitiesEvent,
  ExecEvent,
  ExitEvent,
  ForkEvent,
  OpenEvent,
  SyscallEvent,
} from '#model/raw-event.js';
import { capabilityName } from './capability-names.ts';
import {
  baseOf,
  type FrameBytes,
  hasFlag,
  readBootTimeMs,
  readTimeMs,
  readUint64,
} from './frame-bytes.ts';
import { FRAME_FLAG, OFFSET } from './frame-layout.ts';
import { joinGivenPath } from './frame-path.ts';
import { FrameTexts } from './frame-texts.ts';

/** The open frame that starts at `at`, as an event. */
export function decodeOpen(frame: FrameBytes, at: number): OpenEvent {
  const { bytes, comms, view } = frame;
  const start = at + OFFSET.open.base;
  const baseSize = view.getUint16(at + OFFSET.open.baseSize, true);
  const pathAt = start + baseSize;
  const path = bytes.toString(
    'utf8',
    pathAt,
    pathAt + view.getUint16(at + OFFSET.open.pathSize, true),
  );
  // One literal with all fields: spreading a shared part into it takes 400 ns an open instead of 170.
  const event: OpenEvent = {
    type: 'open',
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
    path: baseSize === 0 ? path : joinGivenPath(bytes.toString('utf8', start, pathAt), path),
    flags: view.getUint32(at + OFFSET.open.flags, true),
    result: view.getInt32(at + OFFSET.open.result, true),
  };
  return hasFlag(view, at, FRAME_FLAG.textTruncated) ? { ...event, pathTruncated: true } : event;
}

/** The capability frame that starts at `at`, as an event. */
export function decodeCapability(frame: FrameBytes, at: number): CapabilitiesEvent {
  const { view } = frame;
  const syscall = view.getInt32(at + OFFSET.capability.syscall, true);
  return {
    type: 'capabilities',
    ...baseOf(frame, at),
    capability: capabilityName(view.getUint32(at + OFFSET.capability.capability, true)),
    syscall: syscall < 0 ? '' : frame.syscallName(syscall),
  };
}

/** The syscall frame that starts at `at`, as an event. */
export function decodeSyscall(frame: FrameBytes, at: number): SyscallEvent {
  const { view } = frame;
  return {
    type: 'syscall',
    ...baseOf(frame, at),
    syscall: frame.syscallName(view.getUint32(at + OFFSET.syscall.number, true)),
  };
}

/** The exec frame that starts at `at`, as an event. */
export function decodeExec(frame: FrameBytes, at: number): ExecEvent {
  const { view } = frame;
  const texts = new FrameTexts(frame, at, OFFSET.exec.args);
  // The parts follow each other in this order.
  const args = splitArgs(texts.take(OFFSET.exec.argsSize));
  const file = texts.take(OFFSET.exec.fileSize);
  const exePath = texts.take(OFFSET.exec.exeSize);
  const cwd = texts.take(OFFSET.exec.cwdSize);
  return {
    type: 'exec',
    ...baseOf(frame, at),
    args,
    argsTruncated: hasFlag(view, at, FRAME_FLAG.argsTruncated),
    file,
    exePath,
    cwd,
    upperLayer: hasFlag(view, at, FRAME_FLAG.upperLayer),
    parentUpperLayer: hasFlag(view, at, FRAME_FLAG.parentUpperLayer),
    tty: {
      major: view.getUint32(at + OFFSET.exec.ttyMajor, true),
      minor: view.getUint32(at + OFFSET.exec.ttyMinor, true),
    },
  };
}

/** The fork frame that starts at `at`, as an event. */
export function decodeFork(frame: FrameBytes, at: number): ForkEvent {
  return {
    type: 'fork',
    ...baseOf(frame, at),
    childPid: frame.view.getUint32(at + OFFSET.fork.childPid, true),
    childStartMs: readBootTimeMs(frame, at + OFFSET.fork.childStartBootNs),
  };
}

/** The exit frame that starts at `at`, as an event. */
export function decodeExit(frame: FrameBytes, at: number): ExitEvent {
  const { view } = frame;
  return {
    type: 'exit',
    ...baseOf(frame, at),
    exitCode: view.getUint32(at + OFFSET.exit.exitCode, true),
    signal: view.getUint32(at + OFFSET.exit.signal, true),
  };
}

/** Each argument ends with a NUL; the last one lacks it when the vector was cut. */
function splitArgs(text: string): readonly string[] {
  if (text === '') return [];
  const args = text.split('\0');
  if (args.at(-1) === '') args.pop();
  return args;
}
