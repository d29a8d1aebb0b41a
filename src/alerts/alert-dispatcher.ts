import type { Alert } from '#model/alert.js';
import type { Finding } from '#model/finding.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import { alertFromFinding, type NodeIdentity } from './alert-from-finding.ts';
import type { AlertSink } from './alert-sink.ts';
import { AlertSpool } from './alert-spool.ts';
import type { BreakerState } from './breaker.ts';
import { Cooldown, type CooldownOptions, type Repeats, type WindowState } from './cooldown.ts';
import { cooldownKeyOf, type Repeatable } from './cooldown-key.ts';
import { DeliveryLane, type DeliveryTimes, type LaneCounts } from './delivery-lane.ts';
import { timeOf } from './finding-time.ts';
import { repeatsKeyOf } from './idempotency-key.ts';
import type { SpoolFile } from './spool-file.ts';
import { spooledSubject } from './spooled-event.ts';

/** What an {@link AlertDispatcher} is made of. */
export interface AlertDispatcherOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly node: NodeIdentity;
  readonly sinks: readonly AlertSink[];
  /** Where alerts stand until every sink has had them; closed with the dispatcher. */
  readonly spool: SpoolFile;
  readonly cooldown: CooldownOptions;
  readonly delivery?: DeliveryTimes | undefined;
  /** Told of every alert as it is made, those that tell of repeats left out. */
  readonly onAlert?: ((finding: Finding, alert: Alert) => void) | undefined;
  readonly health?: Pick<Health, 'set' | 'clear'> | undefined;
}

/** What became of one rule's findings. */
export interface AlertCounts {
  /** Alerts handed to the spool, those that tell of repeats included. */
  alerts: number;
  /** Findings held back. */
  suppressed: number;
  /** Findings that could not be made an alert of. */
  failed: number;
}

/** What became of the alerts for one sink. */
export interface SinkCounts extends LaneCounts {
  readonly name: string;
  /** There was no room in the spool; the sink is told of their number. */
  readonly dropped: number;
  readonly breaker: BreakerState;
  readonly waiting: number;
  /** How long the oldest has waited, in milliseconds; 0 when none waits. */
  readonly oldestAgeMs: number;
}

/** What the spool holds and what it took in this life of the agent. */
export interface SpoolCounts {
  readonly sizeBytes: number;
  readonly accepted: number;
  /** Of those, how many could not be written and were in memory only. */
  readonly unwritten: number;
  /** One for each sink that an alert did not reach for want of room. */
  readonly discarded: number;
}

/** How long closing waits for a sink: for its last alerts and until it has closed. */
const CLOSE_BUDGET_MS = 5_000;

/** Makes alerts of findings, holds back repeats, and sees to it that every sink gets the rest. */
export class AlertDispatcher {
  readonly #options: AlertDispatcherOptions;
  readonly #spool: AlertSpool;
  readonly #lanes: readonly DeliveryLane[];
  /** Of the last alert that passed the JSON is kept, which is a fraction of the object. */
  readonly #cooldown: Cooldown<string>;
  readonly #byRule = new Map<string, AlertCounts>();

  /** Alerts that wait in the spool for these sinks are delivered at once. */
  constructor(options: AlertDispatcherOptions) {
    const { clock, sinks, cooldown, delivery } = options;
    this.#options = options;
    const spool = new AlertSpool({
      ...options,
      file: options.spool,
      onSpooled: (alerts) => {
        for (const lane of this.#lanes) lane.wake(alerts);
      },
    });
    this.#spool = spool;
    spool.useSinks(sinks.map(({ name }) => name));
    this.#lanes = sinks.map(
      (sink) => new DeliveryLane({ ...options, sink, spool, times: delivery }),
    );
    this.#cooldown = new Cooldown(clock, cooldown, (repeats) => this.#tellOfRepeats(repeats));
    for (const lane of this.#lanes) lane.wake();
  }

  /** Takes a finding. Never waits and never throws. */
  handle(finding: Finding): void {
    const counts = this.#countsOf(finding.rule.id);
    try {
      const key = cooldownKeyOf(finding);
      const text = this.#cooldown.admit(key, timeOf(finding), () => this.#spooled(finding));
      if (text === undefined) counts.suppressed += 1;
      else counts.alerts += 1;
    } catch (reason) {
      counts.failed += 1;
      this.#options.log.error('finding could not be made an alert of', {
        ruleId: finding.rule.id,
        ...errorFields(reason),
      });
    }
  }

  /** The window that a finding would fall into now; undefined when it would open one. Changes nothing. */
  cooldownOf(finding: Repeatable): WindowState | undefined {
    return this.#cooldown.peek(cooldownKeyOf(finding));
  }

  /** An alert that is still there, by its idempotency key or the beginning of it. Throws `unavailable` as {@link SpoolFile.find}. */
  find(key: string): ReturnType<SpoolFile['find']> {
    return this.#spool.find(key);
  }

  /**
   * Tells of what is still held back, delivers what can be delivered within a budget and closes the sinks
   * and the spool, in which the rest stays. Findings that come later are counted as dropped.
   */
  async close(): Promise<void> {
    this.#cooldown.close();
    this.#spool.flush();
    await Promise.all(this.#lanes.map((lane) => lane.close(CLOSE_BUDGET_MS)));
    this.#spool.close();
  }

  /** Sums over all rules. */
  get counts(): Readonly<AlertCounts> {
    const sum: AlertCounts = { alerts: 0, suppressed: 0, failed: 0 };
    for (const { alerts, suppressed, failed } of this.#byRule.values()) {
      sum.alerts += alerts;
      sum.suppressed += suppressed;
      sum.failed += failed;
    }
    return sum;
  }

  /** By rule id, of the rules that found something. */
  get countsByRule(): ReadonlyMap<string, Readonly<AlertCounts>> {
    return this.#byRule;
  }

  /** What became of alerts at each sink, and how many wait there. */
  get sinkCounts(): readonly SinkCounts[] {
    const nowMs = this.#options.clock.now();
    return this.#lanes.map(({ name, counts, breaker }) => {
      const oldestMs = this.#spool.oldestMs(name) ?? nowMs;
      return {
        ...counts,
        ...{ name, breaker, waiting: this.#spool.count(name) },
        dropped: this.#spool.discarded.get(name) ?? 0,
        oldestAgeMs: Math.max(0, nowMs - oldestMs),
      };
    });
  }

  get spoolCounts(): SpoolCounts {
    const { counts, sizeBytes, discarded } = this.#spool;
    const sum = [...discarded.values()].reduce((total, count) => total + count, 0);
    return { sizeBytes, ...counts, discarded: sum };
  }

  #spooled(finding: Finding): string {
    const alert = alertFromFinding(finding, this.#options.node);
    const { subject } = finding;
    const text = this.#add(alert, subject.event && spooledSubject(subject));
    this.#options.onAlert?.(finding, alert);
    return text;
  }

  #add(alert: Alert, event?: string): string {
    const text = JSON.stringify(alert);
    const { idempotencyKey: key, ruleID: ruleId } = alert;
    this.#spool.add({ alert: text, key, ruleId, ...(event !== undefined && { event }) });
    return text;
  }

  #tellOfRepeats({ kept, count, lastTimeMs }: Repeats<string>): void {
    const first = JSON.parse(kept) as Alert;
    const message = `${first.message} (${count} more since ${first.timestamp})`;
    const timestamp = Number.isFinite(lastTimeMs) ? formatTimestamp(lastTimeMs) : first.timestamp;
    const repeatOf = first.idempotencyKey;
    const repeated = { ...first.arguments, message, repeats: count, repeatOf };
    const idempotencyKey = repeatsKeyOf(first, count, lastTimeMs);
    this.#countsOf(first.ruleID).alerts += 1;
    this.#add({ ...first, message, timestamp, arguments: repeated, idempotencyKey });
  }

  #countsOf(ruleId: string): AlertCounts {
    const known = this.#byRule.get(ruleId);
    if (known !== undefined) return known;
    const counts: AlertCounts = { alerts: 0, suppressed: 0, failed: 0 };
    this.#byRule.set(ruleId, counts);
    return counts;
  }
}
