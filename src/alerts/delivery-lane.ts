import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import { unlessAborted, withBudget } from '#runtime/abort.js';
import { inBackground } from '#runtime/background.js';
import type { BackoffOptions } from '#runtime/backoff.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { ConditionName } from '#runtime/health-conditions.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { NodeIdentity } from './alert-from-finding.ts';
import type { AlertSink } from './alert-sink.ts';
import type { AlertSpool, AlertToSpool } from './alert-spool.ts';
import { AsideLog } from './aside-log.ts';
import { Breaker, type BreakerState, RETRY } from './breaker.ts';
import { deliveryFailureOf } from './delivery-error.ts';
import { NextParcel, type Parcel } from './next-parcel.ts';

/** How a lane delivers. */
export interface DeliveryTimes {
  /** How long one attempt may take, in milliseconds; 30 s when absent. */
  readonly attemptMs?: number;
  /** Between attempts; 500 ms to 60 s when absent. */
  readonly retry?: BackoffOptions;
}

/** What a {@link DeliveryLane} is made of. */
export interface LaneParts {
  readonly sink: AlertSink;
  readonly spool: AlertSpool;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly node: NodeIdentity;
  readonly health?: Pick<Health, 'set' | 'clear'> | undefined;
  readonly times?: DeliveryTimes | undefined;
}

/** What became of a sink's alerts in this life of the agent. */
export interface LaneCounts {
  readonly sent: number;
  /** The sink will never take them: they were set aside. */
  readonly failed: number;
  /** Its rate limit was used up; the sink was told of their number. */
  readonly heldBack: number;
  /** Attempts that failed and were, or will be, made again. */
  readonly retries: number;
}

const ATTEMPT_MS = 30_000;
const NOT_DELIVERED = Promise.resolve(false);
/** What of the time for closing is for deliveries; the rest is for ending them and closing the sink. */
const DELIVERING_SHARE = 0.8;

/**
 * Delivers the alerts of a spool to one sink, in order, one attempt at a time and with one batch in
 * hand. What fails is tried again, later and later, until the sink has it or refuses it for good; of a
 * batch that is refused, the alerts that are to blame are found and set aside. At least once: what was
 * not acknowledged is delivered again in the agent's next life.
 */
export class DeliveryLane {
  readonly #parts: LaneParts;
  readonly #what: string;
  readonly #breaker: Breaker;
  readonly #next: NextParcel;
  readonly #aside: AsideLog;
  /** Waits are over: the agent stops. */
  readonly #closing = new AbortController();
  /** So are attempts. */
  readonly #ended = new AbortController();
  #running: Promise<void> | undefined;
  #isWoken = false;
  /** The last call of the sink: whether it delivered, if nobody knows that yet. */
  #underWay: Promise<boolean> = NOT_DELIVERED;
  #cancelTimer: Cancel | undefined;
  /** Of a series of failures, or of refusals, only the first is told of. */
  #isFailing = false;
  #isRefusing = false;
  #sent = 0;
  #failed = 0;
  #retries = 0;

  constructor(parts: LaneParts) {
    this.#parts = parts;
    this.#what = `alert sink ${parts.sink.name}`;
    this.#breaker = new Breaker(parts.random, parts.times?.retry ?? RETRY);
    this.#next = new NextParcel(parts);
    this.#aside = new AsideLog(parts);
  }

  get name(): string {
    return this.#parts.sink.name;
  }

  get breaker(): BreakerState {
    return this.#breaker.state;
  }

  get counts(): LaneCounts {
    const { heldBack } = this.#next;
    return { sent: this.#sent, failed: this.#failed, heldBack, retries: this.#retries };
  }

  /** Something was spooled. Never waits and never throws. */
  wake(spooled: readonly AlertToSpool[] = []): void {
    if (this.#closing.signal.aborted) return;
    this.#next.note(spooled);
    this.#start();
  }

  /**
   * Delivers what can be delivered in four fifths of `budgetMs`, with no waits between and no attempt after
   * one that failed, and closes the sink; after `budgetMs` it waits for nothing. The rest stays in the spool.
   */
  async close(budgetMs: number): Promise<void> {
    const { clock, sink, log } = this.#parts;
    this.#closing.abort();
    this.#next.hurry();
    this.#start();
    const endMs = clock.monotonic() + budgetMs;
    const cancel = clock.schedule(budgetMs * DELIVERING_SHARE, () => this.#ended.abort());
    await this.#running;
    cancel();
    this.#ended.abort();
    this.#cancelTimer?.();
    const { signal } = new AbortController();
    const what = `${this.#what}: closing`;
    const limit = (share: number) => {
      const leftMs = Math.max(0, endMs - clock.monotonic());
      return { clock, budgetMs: leftMs * share, signal, what };
    };
    await withBudget(limit(1 / 2), () => this.#underWay).catch(() => {});
    await withBudget(limit(1), () => sink.close()).catch((reason) =>
      log.warn('alert sink did not close in order', errorFields(reason)),
    );
  }

  #start(): void {
    this.#isWoken = true;
    this.#running ??= inBackground(this.#what, this.#parts.log, () => this.#deliverAll());
  }

  async #deliverAll(): Promise<void> {
    try {
      while (this.#isWoken && !this.#ended.signal.aborted) {
        this.#isWoken = false;
        for (let parcel = await this.#take(); parcel; parcel = await this.#take()) {
          if (!(await this.#settle(parcel))) return;
        }
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** What to deliver now. When there is nothing, a timer is set for when there may be. */
  async #take(): Promise<Parcel | undefined> {
    for (;;) {
      try {
        const next = this.#next.take();
        if (typeof next !== 'number') return next;
        this.#wakeIn(next);
        return undefined;
      } catch (reason) {
        if (!(await this.#mayTryAgain(reason))) return undefined;
      }
    }
  }

  #wakeIn(delayMs: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (delayMs === Number.POSITIVE_INFINITY || this.#closing.signal.aborted) return;
    this.#cancelTimer = this.#parts.clock.schedule(delayMs, () => this.wake());
  }

  /** False when it has to be left for the agent's next life. */
  async #settle({ alerts, acknowledge, isNotice }: Parcel): Promise<boolean> {
    const parts = [alerts];
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const result = await this.#deliver(part.map(({ alert }) => alert));
      if (result === 'ended') return false;
      const last = part.at(-1)?.sequence ?? 0;
      if (result === 'sent') {
        if (!isNotice) this.#sent += part.length;
      } else if (part.length > 1) {
        const middle = Math.ceil(part.length / 2);
        parts.push(part.slice(middle), part.slice(0, middle));
        continue;
      } else {
        this.#setAside(part[0]?.alert, isNotice);
      }
      acknowledge(last);
    }
    return true;
  }

  /** Until the sink has it (`sent`), will not have it (`refused`), or the agent stops (`ended`). */
  async #deliver(alerts: readonly Alert[]): Promise<'sent' | 'refused' | 'ended'> {
    for (;;) {
      try {
        await this.#attempt(alerts);
        this.#succeeded();
        return 'sent';
      } catch (reason) {
        if (!this.#ended.signal.aborted && deliveryFailureOf(reason).isFinal) {
          this.#refused(reason);
          return 'refused';
        }
        if (!(await this.#mayTryAgain(reason))) return 'ended';
      }
    }
  }

  async #attempt(alerts: readonly Alert[]): Promise<void> {
    const { clock, sink, times = {} } = this.#parts;
    const { signal } = this.#ended;
    const budgetMs = times.attemptMs ?? ATTEMPT_MS;
    // An attempt whose time is over may still be under way, in a sink that does not listen.
    if (await unlessAborted({ signal, what: this.#what }, this.#underWay)) {
      this.#underWay = NOT_DELIVERED;
      return;
    }
    this.#breaker.tries();
    await withBudget({ clock, budgetMs, signal, what: this.#what }, async (attemptSignal) => {
      const call = (async () => sink.deliver(alerts, { signal: attemptSignal }))();
      this.#underWay = call.then(
        () => true,
        () => false,
      );
      await call;
    });
    this.#underWay = NOT_DELIVERED;
  }

  #succeeded(): void {
    const { log, health } = this.#parts;
    this.#breaker.answered();
    this.#isRefusing = false;
    if (!this.#isFailing) return;
    this.#isFailing = false;
    health?.clear(this.#condition);
    log.info('alert sink takes alerts again', { sink: this.name });
  }

  /** Counts a failure and waits; false when the agent stops. */
  async #mayTryAgain(reason: unknown): Promise<boolean> {
    const { log, clock, health } = this.#parts;
    if (this.#ended.signal.aborted) return false;
    const waitMs = this.#breaker.failed(deliveryFailureOf(reason).retryAfterMs);
    this.#retries += 1;
    const fields = { sink: this.name, ...errorFields(reason) };
    if (!this.#isFailing) {
      log.error('alert sink failed; its alerts wait, and failures are counted', fields);
    }
    this.#isFailing = true;
    if (this.#breaker.state !== 'closed') {
      health?.set(
        this.#condition,
        `takes no alerts, which wait for it: ${AgentError.from(reason).message}`,
      );
    }
    const { signal } = this.#closing;
    if (signal.aborted) return false;
    await clock.sleep(waitMs, signal).catch(() => {});
    return true;
  }

  /** The sink answered, so that it is not away. */
  #refused(reason: unknown): void {
    this.#breaker.answered();
    if (this.#isFailing) this.#parts.health?.clear(this.#condition);
    this.#isFailing = false;
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    this.#parts.log.error('alert sink refuses alerts: those that it never takes are set aside', {
      sink: this.name,
      ...errorFields(reason),
    });
  }

  #setAside(alert: Alert | undefined, isNotice: boolean): void {
    if (!isNotice) this.#failed += 1;
    if (alert) this.#aside.tell(alert);
  }

  get #condition(): ConditionName {
    return `alert-sink-${this.name}`;
  }
}
