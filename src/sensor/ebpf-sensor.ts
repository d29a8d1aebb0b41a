import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { AgentError } from '#model/agent-error.js';
import type { EventSource } from '#model/raw-event.js';
import type { SensorControl } from '#model/sensor-control.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { LastLines } from './ebpf-sensor-lines.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { LoaderOrders } from './loader-orders.ts';
import type { SensorFiles } from './sensor-files.ts';

/** Loading takes about 0.1 s; a minute is for a machine that is just starting everything at once. */
const START_BUDGET_MS = 60_000;
/** The kernel takes some 70 ms to let go of each tracepoint, two seconds in all; a loader that needs longer is stuck. */
const END_BUDGET_MS = 10_000;

/** Settings of the live sensor; all have the loader's defaults. */
export interface EbpfSensorOptions {
  /** Size of the kernel's ring buffer, a power of two. Default 8 MiB. */
  readonly ringBytes?: number;
  /** Unread bytes from which on patient events wake the reader at once, not once in 10 ms. Default 64 KiB. */
  readonly wakeBytes?: number;
  /** For how long the kernel side takes an event for a duplicate of a like one; 0: never. Default 10 s. */
  readonly dedupMs?: number;
  /** Whether the host's own processes are told of too, as the cgroup `HOST_CGROUP_ID`. Default: not. */
  readonly tellsHost?: boolean;
}

interface EbpfSensorParts {
  readonly files: SensorFiles;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options?: EbpfSensorOptions;
}

type RunOptions = Parameters<EventSource['run']>[0];

/**
 * The live sensor: starts the loader as a child process and hands on what it tells. Nothing is
 * buffered here: while `onRecords` works, the pipe fills, then the kernel's ring buffer, and what
 * does not fit there is counted and told in `lost` records.
 */
export class EbpfSensor implements EventSource {
  readonly #parts: EbpfSensorParts;
  readonly #orders = new LoaderOrders();

  constructor(parts: EbpfSensorParts) {
    this.#parts = parts;
  }

  /** What holds is told to each loader as soon as it was started. */
  get control(): SensorControl {
    return this.#orders;
  }

  /**
   * Runs one loader until `signal` aborts: then it is told to end, its last events and its totals
   * are delivered, and the promise settles when it is gone, after 10 s at the latest. Rejects with
   * `unavailable` when it cannot start or ends by itself, with its last words in the message; and
   * with what `onRecords` threw, if it does.
   */
  run({ onRecords, signal }: RunOptions): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new LoaderRun(this.#parts, this.#orders, onRecords).settle(signal);
  }
}

/** One child process, from its start to its end. */
class LoaderRun {
  readonly #parts: EbpfSensorParts;
  readonly #orders: LoaderOrders;
  readonly #onRecords: RunOptions['onRecords'];
  readonly #decoder: FrameDecoder;
  readonly #lines: LastLines;
  readonly #child: ChildProcessWithoutNullStreams;
  #isEnding = false;
  #hasTotals = false;
  #failure: unknown;
  #cancelTimer: Cancel;

  constructor(parts: EbpfSensorParts, orders: LoaderOrders, onRecords: RunOptions['onRecords']) {
    this.#parts = parts;
    this.#orders = orders;
    this.#onRecords = onRecords;
    this.#decoder = new FrameDecoder(() => parts.clock.now());
    this.#lines = new LastLines((line) => parts.log.warn('sensor says', { line }));
    this.#child = spawn(parts.files.loaderPath, [parts.files.objectPath, ...argumentsOf(parts)]);
    this.#cancelTimer = parts.clock.schedule(START_BUDGET_MS, () =>
      this.#fail(unavailable(`the sensor was not ready after ${START_BUDGET_MS} ms`)),
    );
  }

  settle(signal: AbortSignal): Promise<void> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const onAbort = () => this.#end();
      signal.addEventListener('abort', onAbort, { once: true });
      child.stdout.on('data', (chunk: Buffer) => this.#take(chunk));
      child.stderr.on('data', (chunk: Buffer) => this.#lines.add(chunk));
      // A loader that is gone cannot be told to end, which is what `close` reports anyway.
      child.stdin.on('error', () => {});
      this.#orders.attach(child.stdin);
      child.on('error', (cause) => this.#fail(unavailable('the sensor cannot be run', cause)));
      child.on('close', (code, killedBy) => {
        signal.removeEventListener('abort', onAbort);
        this.#cancelTimer();
        this.#orders.detach();
        const error = this.#outcome(killedBy ?? `exit code ${code}`);
        if (error === undefined) resolve();
        else reject(error);
      });
    });
  }

  #take(chunk: Buffer): void {
    if (this.#failure !== undefined) return;
    const records = this.#decoder.push(chunk);
    if (this.#decoder.isReady && !this.#isEnding) this.#cancelTimer();
    if (records.length === 0) return;
    if (records.some(({ type }) => type === 'totals')) this.#hasTotals = true;
    try {
      this.#onRecords(records);
    } catch (reason) {
      this.#fail(reason);
    }
  }

  /** Tells the loader to end by closing its input. */
  #end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#cancelTimer();
    this.#orders.detach();
    this.#child.stdin.end();
    this.#cancelTimer = this.#parts.clock.schedule(END_BUDGET_MS, () => this.#kill());
  }

  #fail(reason: unknown): void {
    this.#failure ??= reason;
    this.#kill();
  }

  #kill(): void {
    this.#child.kill('SIGKILL');
    // Something that inherited the pipes could keep them open.
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  /** What a run that ended `how` comes to: an error, or undefined. */
  #outcome(how: string): unknown {
    const { log } = this.#parts;
    if (this.#failure !== undefined) return this.#failure;
    if (!this.#isEnding) {
      const words = this.#lines.all().join('\n');
      return unavailable(`the sensor ended by itself (${how})${words && `: ${words}`}`);
    }
    if (!this.#hasTotals) log.warn('sensor ended without its totals', { how });
    return undefined;
  }
}

function argumentsOf({ options = {} }: EbpfSensorParts): string[] {
  const numbers: readonly (readonly [name: string, value: number | undefined])[] = [
    ['--ring-bytes', options.ringBytes],
    ['--wake-bytes', options.wakeBytes],
    ['--dedup-ms', options.dedupMs],
  ];
  const given = numbers.flatMap(([name, value]) =>
    value === undefined ? [] : [name, String(value)],
  );
  return options.tellsHost === true ? [...given, '--host'] : given;
}

function unavailable(message: string, cause?: unknown): AgentError {
  const why = cause instanceof Error ? `: ${cause.message}` : '';
  return new AgentError('unavailable', message + why, { cause });
}
