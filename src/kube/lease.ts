import { AgentError } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { jittered, type Random } from '#runtime/random.js';
import { CurrentError } from './current-error.ts';
import { type LeaseRecord, type LeaseSpec, type LeaseTable, leaseTime } from './lease-record.ts';

/** How long a lease is good for without being renewed: what Kubernetes' own components use. */
const DURATION_MS = 15_000;
const RENEW_MS = 5_000;
/** Work ends so long before others may begin theirs: for what is on its way, and for clocks that run unequally. */
const MARGIN_MS = 5_000;
/** How often those look who do not hold it. */
const LOOK_MS = 5_000;
const NEVER = new AbortController().signal;

/** What an elector works with. */
export interface LeaseElectorOptions {
  readonly lease: LeaseTable;
  /** Of this process, never used by another: for example the pod's name and a random part. */
  readonly identity: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** How an election stands, as this process knows it. */
export interface LeaseState {
  /** This process may work. */
  readonly isHolder: boolean;
  /** Whom the lease named when it was seen last; absent when nobody, or when it was never seen. */
  readonly holder?: string;
  /** What was wrong with the last try to read or write the lease; absent when nothing was. */
  readonly error?: AgentError;
}

/**
 * Does work on one agent of many. Who holds the lease renews it; the others take it over when they have not
 * seen it change for its whole duration by their own clock: nobody's wall clock is believed. Work is told to end when the
 * last renewal was begun ten seconds ago, five before anybody else may begin.
 */
export class LeaseElector {
  readonly #options: LeaseElectorOptions;
  readonly #trouble: CurrentError;
  #seen: { readonly record: LeaseRecord; readonly sinceMs: number } | undefined;
  /** Until when this process may work; monotonic. */
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseElectorOptions) {
    this.#options = options;
    this.#trouble = new CurrentError(options.log, 'lease not written');
  }

  /**
   * True while this process may work. To be asked again right before anything that only one may do: a process
   * that was stopped for a while has not heard of its end when it goes on.
   */
  get isHolder(): boolean {
    return this.#options.clock.monotonic() < this.#untilMs;
  }

  get state(): LeaseState {
    const holder = this.#seen?.record.spec.holderIdentity;
    const { error } = this.#trouble;
    return { isHolder: this.isHolder, ...(holder && { holder }), ...(error && { error }) };
  }

  /**
   * Calls `work` each time the lease is won, with a signal that aborts when it is lost; waits for its end and
   * goes on. When `signal` aborts, the work is ended and the lease given back. Never rejects.
   */
  async run({
    signal,
    work,
  }: Readonly<{
    signal: AbortSignal;
    work: (signal: AbortSignal) => Promise<void>;
  }>): Promise<void> {
    const { clock, random, log } = this.#options;
    while (!signal.aborted) {
      if (await this.#try(signal)) await this.#hold(signal, work);
      else await clock.sleep(jittered(LOOK_MS, 0.2, random), signal).catch(() => {});
    }
    log.debug('election ended', { identity: this.#options.identity });
  }

  async #hold(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, log, identity } = this.#options;
    const lost = new AbortController();
    const stop = () => lost.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    log.info('lease won', { identity });
    const working = work(lost.signal).catch((reason: unknown) => {
      if (AgentError.from(reason).code === 'aborted') return;
      log.error('work under the lease failed', errorFields(reason));
    });
    let isWorking = true;
    const ended = working.finally(() => {
      isWorking = false;
      stop();
    });
    const deadline = new Deadline(clock, stop);
    deadline.set(this.#untilMs);
    while (!lost.signal.aborted && isWorking) {
      await clock.sleep(RENEW_MS, lost.signal).catch(() => {});
      if (lost.signal.aborted) break;
      await this.#try(lost.signal);
      deadline.set(this.#untilMs);
    }
    deadline.cancel();
    signal.removeEventListener('abort', stop);
    await ended;
    log.info('lease given up', { identity });
    await this.#release();
  }

  /** One try to win or to renew. True when this process may work. */
  async #try(signal: AbortSignal): Promise<boolean> {
    const { clock, lease } = this.#options;
    const startMs = clock.monotonic();
    const budget = { clock, budgetMs: RENEW_MS, signal, what: 'the lease' };
    try {
      await withBudget(budget, async (inner) => {
        const stored = await lease.read(inner);
        this.#see(stored);
        if (stored && !this.#isFree(stored)) {
          this.#untilMs = Number.NEGATIVE_INFINITY;
          return;
        }
        const written = await lease.write(this.#claim(stored), stored, inner);
        this.#see(written);
        // Counted from before the request: others count from when they see it.
        this.#untilMs = startMs + DURATION_MS - MARGIN_MS;
      });
      this.#trouble.passed();
    } catch (reason) {
      const error = AgentError.from(reason);
      // Somebody else was faster: that is what an election is.
      if (error.code === 'conflict') this.#trouble.passed();
      else if (error.code !== 'aborted') this.#trouble.failed(error);
    }
    return this.isHolder;
  }

  #see(record: LeaseRecord | undefined): void {
    const { clock } = this.#options;
    if (record === undefined) this.#seen = undefined;
    else if (record.resourceVersion !== this.#seen?.record.resourceVersion) {
      this.#seen = { record, sinceMs: clock.monotonic() };
    }
  }

  /** Ours, nobody's, or not renewed while we looked for as long as it lasts. */
  #isFree({ spec }: LeaseRecord): boolean {
    const { clock, identity } = this.#options;
    if (spec.holderIdentity === '' || spec.holderIdentity === identity) return true;
    const durationMs = Math.max(DURATION_MS, spec.leaseDurationSeconds * 1_000);
    return this.#seen !== undefined && clock.monotonic() - this.#seen.sinceMs >= durationMs;
  }

  #claim(stored: LeaseRecord | undefined): LeaseSpec {
    const { clock, identity } = this.#options;
    const nowText = leaseTime(clock.now());
    const isOurs = stored?.spec.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: DURATION_MS / 1_000,
      acquireTime: isOurs ? stored.spec.acquireTime : nowText,
      renewTime: nowText,
      leaseTransitions: (stored?.spec.leaseTransitions ?? -1) + (isOurs ? 0 : 1),
    };
  }

  /** The next one need not wait. When it does not work, the lease ends by itself. */
  async #release(): Promise<void> {
    const { clock, lease, identity } = this.#options;
    this.#untilMs = Number.NEGATIVE_INFINITY;
    const budget = { clock, budgetMs: RENEW_MS, signal: NEVER, what: 'the lease' };
    await withBudget(budget, async (signal) => {
      const stored = await lease.read(signal);
      if (stored?.spec.holderIdentity !== identity) return;
      await lease.write({ ...stored.spec, holderIdentity: '' }, stored, signal);
    }).catch(() => {});
  }
}

class Deadline {
  readonly #clock: Clock;
  readonly #run: () => void;
  #cancel: Cancel = () => {};

  constructor(clock: Clock, run: () => void) {
    this.#clock = clock;
    this.#run = run;
  }

  set(atMs: number): void {
    this.#cancel();
    this.#cancel = this.#clock.schedule(atMs - this.#clock.monotonic(), this.#run);
  }

  cancel(): void {
    this.#cancel();
  }
}
