import type { RawEvent } from '#model/raw-event.js';
import { baseOf, type FrameBytes, hasFlag, readUint64 } from './frame-bytes.ts';
import { FRAME_FLAG, OFFSET } from './frame-layout.ts';
import { FrameTexts } from './frame-texts.ts';

/** The events whose frames have one layout; see `struct act_record`. */
export type ActEvent = Extract<
  RawEvent,
  {
    readonly type:
      | 'symlink'
      | 'hardlink'
      | 'iouring'
      | 'bpf'
      | 'kmod'
      | 'ptrace'
      | 'randomx'
      | 'unshare'
      | 'mount'
      | 'setns';
  }
>;

/** The frame of an act of this type that starts at `at`, as an event. */
export function decodeAct(type: ActEvent['type'], frame: FrameBytes, at: number): ActEvent {
  const base = baseOf(frame, at);
  const texts = new FrameTexts(frame, at, OFFSET.act.texts);
  const exePath = texts.take(OFFSET.act.exeSize);
  // The texts follow each other: all are read, in order, also by acts that have none.
  const first = texts.takePath(OFFSET.act.firstBaseSize, OFFSET.act.firstSize);
  const second = texts.takePath(OFFSET.act.secondBaseSize, OFFSET.act.secondSize);
  const a = readUint64(frame.view, at + OFFSET.act.a);
  const b = readUint64(frame.view, at + OFFSET.act.b);
  const upperLayer = hasFlag(frame.view, at, FRAME_FLAG.upperLayer);
  switch (type) {
    case 'symlink':
    case 'hardlink':
      return { type, ...base, oldPath: first, newPath: second, exePath, upperLayer };
    case 'iouring':
      return { type, ...base, opcode: a, flags: b };
    case 'bpf':
      return { type, ...base, cmd: a, attrSize: b, exePath, upperLayer };
    case 'kmod':
      return { type, ...base, module: first, syscall: frame.syscallName(a), exePath, upperLayer };
    case 'ptrace':
      return { type, ...base, exePath, request: a, ...(b === 0 ? {} : { targetPid: b }) };
    case 'randomx':
      return { type, ...base, exePath, upperLayer };
    case 'unshare':
      return { type, ...base, exePath, upperLayer, flags: a };
    case 'mount': {
      const filesystem = texts.take(OFFSET.act.thirdSize);
      const ends = { source: first, target: second, filesystem, flags: a };
      return { type, ...base, ...ends, exePath, upperLayer };
    }
    case 'setns':
      return { type, ...base, flags: a, exePath, upperLayer };
    default:
      return type satisfies never;
  }
}
