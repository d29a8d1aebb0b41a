import type { ExecEvent, ExitEvent, ForkEvent, OpenEvent, RawEvent } from '#model/raw-event.js';
import { COMM_BYTES, FRAME_FLAG, OFFSET } from './frame-layout.ts';
import { joinGivenPath } from './frame-path.ts';
import { plainEvent } from './plain-event.ts';

/** Bytes that hold whole frames, and how the kernel's clock relates to the world's. */
export interface FrameBytes {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Milliseconds since the Unix epoch when the machine was booted. */
  readonly epochOffsetMs: number;
}

const TWO_TO_32 = 2 ** 32;

/** An unsigned 64-bit number; exact up to 2^53. */
export function readUint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * TWO_TO_32;
}

/** Milliseconds since the Unix epoch of the frame that starts at `at`. */
export function readTimeMs({ view, epochOffsetMs }: FrameBytes, at: number): number {
  return readUint64(view, at + OFFSET.frame.bootNs) / 1e6 + epochOffsetMs;
}

/**
 * What all event frames share. Numbers are read at once; texts when they are first asked for, and
 * until then (and for other texts after) the event keeps the bytes of its chunk alive: an event
 * that is to be kept for long is better kept as {@link plainEvent}.
 */
abstract class EventFrame {
  readonly seq: number;
  readonly timeMs: number;
  readonly cgroupId: number;
  readonly mountNs: number;
  readonly pid: number;
  readonly tid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
  readonly setup: boolean;
  protected readonly bytes: Buffer;
  protected readonly at: number;
  #comm: string | undefined;
  #parentComm: string | undefined;

  constructor(frame: FrameBytes, at: number) {
    const { view } = frame;
    this.seq = readUint64(view, at + OFFSET.event.seq);
    this.timeMs = readTimeMs(frame, at);
    this.cgroupId = readUint64(view, at + OFFSET.event.cgroupId);
    this.mountNs = view.getUint32(at + OFFSET.event.mountNs, true);
    this.pid = view.getUint32(at + OFFSET.event.pid, true);
    this.tid = view.getUint32(at + OFFSET.event.tid, true);
    this.ppid = view.getUint32(at + OFFSET.event.ppid, true);
    this.uid = view.getUint32(at + OFFSET.event.uid, true);
    this.gid = view.getUint32(at + OFFSET.event.gid, true);
    this.setup = (view.getUint8(at + OFFSET.frame.flags) & FRAME_FLAG.setup) !== 0;
    this.bytes = frame.bytes;
    this.at = at;
  }

  get comm(): string {
    this.#comm ??= this.#commAt(OFFSET.event.comm);
    return this.#comm;
  }

  get parentComm(): string {
    this.#parentComm ??= this.#commAt(OFFSET.event.parentComm);
    return this.#parentComm;
  }

  protected text(start: number, size: number): string {
    return this.bytes.toString('utf8', start, start + size);
  }

  #commAt(offset: number): string {
    const start = this.at + offset;
    const end = this.bytes.indexOf(0, start);
    return this.text(start, end < 0 ? COMM_BYTES : Math.min(end - start, COMM_BYTES));
  }
}

/** An exec frame as an event. */
export class ExecFrame extends EventFrame implements ExecEvent {
  readonly type = 'exec';
  readonly argsTruncated: boolean;
  readonly upperLayer: boolean;
  readonly parentUpperLayer: boolean;
  readonly #argsSize: number;
  readonly #fileSize: number;
  readonly #exeSize: number;
  readonly #cwdSize: number;
  #args: readonly string[] | undefined;
  #file: string | undefined;
  #exePath: string | undefined;
  #cwd: string | undefined;

  constructor(frame: FrameBytes, at: number) {
    super(frame, at);
    const { view } = frame;
    const flags = view.getUint8(at + OFFSET.frame.flags);
    this.argsTruncated = (flags & FRAME_FLAG.argsTruncated) !== 0;
    this.upperLayer = (flags & FRAME_FLAG.upperLayer) !== 0;
    this.parentUpperLayer = (flags & FRAME_FLAG.parentUpperLayer) !== 0;
    this.#argsSize = view.getUint16(at + OFFSET.exec.argsSize, true);
    this.#fileSize = view.getUint16(at + OFFSET.exec.fileSize, true);
    this.#exeSize = view.getUint16(at + OFFSET.exec.exeSize, true);
    this.#cwdSize = view.getUint16(at + OFFSET.exec.cwdSize, true);
  }

  get args(): readonly string[] {
    this.#args ??= splitArgs(this.text(this.at + OFFSET.exec.args, this.#argsSize));
    return this.#args;
  }

  get file(): string {
    this.#file ??= this.text(this.#fileAt, this.#fileSize);
    return this.#file;
  }

  get exePath(): string {
    this.#exePath ??= this.text(this.#fileAt + this.#fileSize, this.#exeSize);
    return this.#exePath;
  }

  get cwd(): string {
    this.#cwd ??= this.text(this.#fileAt + this.#fileSize + this.#exeSize, this.#cwdSize);
    return this.#cwd;
  }

  get #fileAt(): number {
    return this.at + OFFSET.exec.args + this.#argsSize;
  }

  toJSON(): RawEvent {
    return plainEvent(this);
  }
}

/** Each argument ends with a NUL; the last one lacks it when the vector was cut. */
function splitArgs(text: string): readonly string[] {
  if (text === '') return [];
  const args = text.split('\0');
  if (args.at(-1) === '') args.pop();
  return args;
}

/** An open frame as an event. */
export class OpenFrame extends EventFrame implements OpenEvent {
  readonly type = 'open';
  readonly flags: number;
  readonly result: number;
  readonly #baseSize: number;
  readonly #pathSize: number;
  #path: string | undefined;

  constructor(frame: FrameBytes, at: number) {
    super(frame, at);
    const { view } = frame;
    this.result = view.getInt32(at + OFFSET.open.result, true);
    this.flags = view.getUint32(at + OFFSET.open.flags, true);
    this.#baseSize = view.getUint16(at + OFFSET.open.baseSize, true);
    this.#pathSize = view.getUint16(at + OFFSET.open.pathSize, true);
  }

  get path(): string {
    this.#path ??= this.#readPath();
    return this.#path;
  }

  #readPath(): string {
    const start = this.at + OFFSET.open.base;
    const path = this.text(start + this.#baseSize, this.#pathSize);
    return this.#baseSize === 0 ? path : joinGivenPath(this.text(start, this.#baseSize), path);
  }

  toJSON(): RawEvent {
    return plainEvent(this);
  }
}

/** A fork frame as an event. */
export class ForkFrame extends EventFrame implements ForkEvent {
  readonly type = 'fork';
  readonly childPid: number;

  constructor(frame: FrameBytes, at: number) {
    super(frame, at);
    this.childPid = frame.view.getUint32(at + OFFSET.fork.childPid, true);
  }

  toJSON(): RawEvent {
    return plainEvent(this);
  }
}

/** An exit frame as an event. */
export class ExitFrame extends EventFrame implements ExitEvent {
  readonly type = 'exit';
  readonly exitCode: number;
  readonly signal: number;

  constructor(frame: FrameBytes, at: number) {
    super(frame, at);
    this.exitCode = frame.view.getUint32(at + OFFSET.exit.exitCode, true);
    this.signal = frame.view.getUint32(at + OFFSET.exit.signal, true);
  }

  toJSON(): RawEvent {
    return plainEvent(this);
  }
}
