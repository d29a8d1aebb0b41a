import type { Alert } from '#model/alert.js';
import { withBudget } from '#runtime/abort.js';
import { inBackground } from '#runtime/background.js';
import { BoundedQueue } from '#runtime/bounded-queue.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { AlertSink } from './alert-dispatcher.ts';

/** What became of the alerts that a sink was offered. */
export interface SinkCounts {
  readonly sent: number;
  /** The sink refused them; it has its own retries. */
  readonly failed: number;
  /** The queue was full, or the agent stopped first. */
  readonly dropped: number;
}

/** Alerts that may wait for a sink. Some megabytes at worst. */
const CAPACITY = 1_000;

/** Hands alerts to one sink, in order and one at a time, without holding up whoever offers them. */
export class SinkQueue {
  readonly #sink: AlertSink;
  readonly #log: Logger;
  readonly #waiting: BoundedQueue<Alert>;
  #running: Promise<void> | undefined;
  #isClosed = false;
  /** What the sink still has in hand was given up and counted. */
  #isAbandoned = false;
  /** Of a series of drops or failures only the first is told of. */
  #isDropping = false;
  #isFailing = false;
  #sent = 0;
  #failed = 0;
  #dropped = 0;

  constructor(sink: AlertSink, log: Logger, capacity = CAPACITY) {
    this.#sink = sink;
    this.#log = log;
    this.#waiting = new BoundedQueue(capacity);
  }

  get name(): string {
    return this.#sink.name;
  }

  get counts(): SinkCounts {
    return { sent: this.#sent, failed: this.#failed, dropped: this.#dropped };
  }

  /** How many alerts wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Takes an alert, or counts it as dropped when the queue is full or closed. */
  offer(alert: Alert): void {
    if (this.#isClosed || !this.#waiting.push(alert)) {
      this.#drop();
      return;
    }
    this.#isDropping = false;
    this.#running ??= inBackground(`alert sink ${this.name}`, this.#log, () => this.#deliver());
  }

  /** Delivers what waits and closes the sink, in `budgetMs` at most; what is left is dropped. */
  async close(clock: Clock, budgetMs: number): Promise<void> {
    this.#isClosed = true;
    const { signal } = new AbortController();
    const inTime = (what: string, work: () => Promise<void>) =>
      withBudget({ clock, budgetMs, signal, what: `sink ${this.name}: ${what}` }, work).catch(
        (reason) => this.#log.warn('alert sink did not close in order', errorFields(reason)),
      );
    await inTime('delivering the last alerts', async () => this.#running);
    for (let left = this.#waiting.shift(); left !== undefined; left = this.#waiting.shift()) {
      this.#drop();
    }
    if (this.#running !== undefined) {
      this.#isAbandoned = true;
      this.#drop();
    }
    await inTime('closing', () => this.#sink.close());
  }

  async #deliver(): Promise<void> {
    for (let alert = this.#waiting.shift(); alert !== undefined; alert = this.#waiting.shift()) {
      try {
        await this.#sink.send(alert);
        if (this.#isAbandoned) return;
        this.#sent += 1;
        this.#isFailing = false;
      } catch (reason) {
        if (this.#isAbandoned) return;
        this.#fail(reason);
      }
    }
    this.#running = undefined;
  }

  #fail(reason: unknown): void {
    this.#failed += 1;
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log.error('alert sink failed; further failures are only counted until it recovers', {
      sink: this.name,
      ...errorFields(reason),
    });
  }

  #drop(): void {
    this.#dropped += 1;
    if (this.#isDropping) return;
    this.#isDropping = true;
    this.#log.error('alert sink is too slow or closed; alerts are dropped and counted', {
      sink: this.name,
    });
  }
}
