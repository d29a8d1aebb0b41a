import type { RawEvent } from '#model/raw-event.js';
import { aFork, anExec, anExit, anOpen } from './build-event.ts';

/** A process as it really is. */
export interface ModelProcess {
  readonly pid: number;
  readonly startMs: number;
  /** Who forked it, even if that ended. */
  readonly starter: ModelProcess | undefined;
  /** The kernel's parent now. */
  parent: ModelProcess | undefined;
  exePath: string;
  isOver: boolean;
}

/** What the model is asked to do: somebody of those that live, and what. */
export interface KernelStep {
  readonly who: number;
  readonly what: 'fork' | 'exec' | 'exit' | 'act';
  readonly laterMs: number;
}

/** How many numbers there are. */
const NUMBERS = 8;

/**
 * A kernel with one container and very few process numbers, which it gives anew as soon as they are free. Children of a
 * process that ends go to the first process, which never ends.
 */
export class KernelModel {
  static readonly numbers = NUMBERS;
  readonly #living: ModelProcess[] = [];
  readonly #all: ModelProcess[] = [];
  #nowMs = 1_000_000;
  #programs = 0;

  constructor() {
    this.#start(1, undefined);
  }

  /** Those that have not ended, the first one first. */
  get living(): readonly ModelProcess[] {
    return this.#living;
  }

  /** Does it and returns what the sensor tells of it: nothing when it cannot be done. */
  step({ who, what, laterMs }: KernelStep): readonly RawEvent[] {
    this.#nowMs += laterMs;
    const process = this.#living[who % this.#living.length];
    if (process === undefined) return [];
    if (what === 'fork') return this.#fork(process);
    if (what === 'exit') return this.#exit(process);
    if (what === 'exec') {
      this.#programs += 1;
      process.exePath = `/bin/${this.#programs}`;
      const { exePath } = process;
      return [anExec({ ...this.#base(process), exePath, args: [exePath] })];
    }
    return [this.act(process)];
  }

  /** An event of that process by which nothing changes. */
  act(process: ModelProcess): RawEvent {
    return anOpen(this.#base(process));
  }

  /** Whose event it is. */
  processOf({ pid, processStartMs }: RawEvent): ModelProcess {
    const found = this.#all.find((each) => each.pid === pid && each.startMs === processStartMs);
    if (found === undefined) throw new Error(`no process ${pid} began at ${processStartMs}`);
    return found;
  }

  #fork(starter: ModelProcess): readonly RawEvent[] {
    const used = new Set(this.#living.map(({ pid }) => pid));
    const pid = Array.from({ length: NUMBERS }, (_, at) => at + 1).find((each) => !used.has(each));
    if (pid === undefined) return [];
    const child = this.#start(pid, starter);
    const event = aFork({ ...this.#base(starter), childPid: pid, childStartMs: child.startMs });
    // The fork is told of a moment after the child began.
    return [{ ...event, timeMs: this.#nowMs + 0.1 }];
  }

  #exit(process: ModelProcess): readonly RawEvent[] {
    if (process.pid === 1) return [this.act(process)];
    const event = anExit(this.#base(process));
    process.isOver = true;
    this.#living.splice(this.#living.indexOf(process), 1);
    for (const each of this.#living) if (each.parent === process) each.parent = this.#living[0];
    return [event];
  }

  #start(pid: number, starter: ModelProcess | undefined): ModelProcess {
    const exePath = starter?.exePath ?? '/sbin/init';
    const process = { pid, startMs: this.#nowMs, starter, parent: starter, exePath, isOver: false };
    this.#living.push(process);
    this.#all.push(process);
    return process;
  }

  #base({ pid, startMs, parent }: ModelProcess) {
    const ppid = parent?.pid ?? 0;
    return { pid, tid: pid, ppid, timeMs: this.#nowMs + 0.2, processStartMs: startMs };
  }
}
