import type { Alert } from '#model/alert.js';
import type { Finding } from '#model/finding.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { formatTimestamp } from '#runtime/timestamp.js';
import { alertFromFinding, hashOf, type NodeIdentity } from './alert-from-finding.ts';
import { Cooldown, type CooldownOptions, type Repeats } from './cooldown.ts';
import { timeOf } from './finding-time.ts';
import { type SinkCounts, SinkQueue } from './sink-queue.ts';

/** Where alerts go. Calls of `send` do not overlap. */
export interface AlertSink {
  /** One lower-case word, for logs and metrics. */
  readonly name: string;
  /** Settles when the alert is out of the agent's hands. A rejection loses it: retry inside. */
  send(alert: Alert): Promise<void> | void;
  /** Called once, after the last `send` or when that takes too long. */
  close(): Promise<void>;
}

/** What an {@link AlertDispatcher} is made of. */
export interface AlertDispatcherOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly node: NodeIdentity;
  readonly sinks: readonly AlertSink[];
  readonly cooldown: CooldownOptions;
}

/** What became of one rule's findings. */
export interface AlertCounts {
  /** Alerts handed to the sinks, those that tell of repeats included. */
  alerts: number;
  /** Findings held back. */
  suppressed: number;
  /** Findings that could not be made an alert of. */
  failed: number;
}

/** How long closing waits for a sink's last alerts, and then for the sink itself. */
const CLOSE_BUDGET_MS = 5_000;

/** Makes alerts of findings, holds back repeats and hands the rest to every sink. */
export class AlertDispatcher {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #node: NodeIdentity;
  readonly #queues: readonly SinkQueue[];
  readonly #cooldown: Cooldown<Alert>;
  readonly #byRule = new Map<string, AlertCounts>();

  constructor({ clock, log, node, sinks, cooldown }: AlertDispatcherOptions) {
    this.#clock = clock;
    this.#log = log;
    this.#node = node;
    this.#queues = sinks.map((sink) => new SinkQueue(sink, log));
    this.#cooldown = new Cooldown(clock, cooldown, (repeats) => this.#tellOfRepeats(repeats));
  }

  /** Takes a finding. Never waits and never throws. */
  handle(finding: Finding): void {
    const counts = this.#countsOf(finding.rule.id);
    try {
      const { rule, subject, uniqueId } = finding;
      const key = `${hashOf(uniqueId)} ${subject.container.id} ${rule.id}`;
      const make = () => alertFromFinding(finding, this.#node);
      const alert = this.#cooldown.admit(key, timeOf(finding), make);
      if (alert === undefined) counts.suppressed += 1;
      else this.#send(alert, counts);
    } catch (reason) {
      counts.failed += 1;
      this.#log.error('finding could not be made an alert of', {
        ruleId: finding.rule.id,
        ...errorFields(reason),
      });
    }
  }

  /**
   * Tells of what is still held back, delivers what waits and closes the sinks, each within its
   * budget. Findings that come later are counted as dropped.
   */
  async close(): Promise<void> {
    this.#cooldown.close();
    await Promise.all(this.#queues.map((queue) => queue.close(this.#clock, CLOSE_BUDGET_MS)));
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
  get sinkCounts(): readonly (SinkCounts & { readonly name: string; readonly waiting: number })[] {
    return this.#queues.map(({ name, counts, size }) => ({ name, waiting: size, ...counts }));
  }

  #send(alert: Alert, counts: AlertCounts): void {
    counts.alerts += 1;
    for (const queue of this.#queues) queue.offer(alert);
  }

  #tellOfRepeats({ kept, count, lastTimeMs }: Repeats<Alert>): void {
    const message = `${kept.message} (${count} more since ${kept.timestamp})`;
    const timestamp = Number.isFinite(lastTimeMs) ? formatTimestamp(lastTimeMs) : kept.timestamp;
    const repeated = { ...kept.arguments, message, repeats: count };
    const alert: Alert = { ...kept, message, timestamp, arguments: repeated };
    this.#send(alert, this.#countsOf(kept.ruleID));
  }

  #countsOf(ruleId: string): AlertCounts {
    const known = this.#byRule.get(ruleId);
    if (known !== undefined) return known;
    const counts: AlertCounts = { alerts: 0, suppressed: 0, failed: 0 };
    this.#byRule.set(ruleId, counts);
    return counts;
  }
}
