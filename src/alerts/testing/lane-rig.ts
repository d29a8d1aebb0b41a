import type { Alert } from '#model/alert.js';
import { type LogFields, type Logger, silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { alertFromFinding, type NodeIdentity } from '../alert-from-finding.ts';
import type { AlertSink } from '../alert-sink.ts';
import { AlertSpool } from '../alert-spool.ts';
import { DeliveryLane, type DeliveryTimes } from '../delivery-lane.ts';
import { MemorySpoolFile } from '../memory-spool-file.ts';
import type { SpoolFile } from '../spool-file.ts';
import { aFinding } from './findings.ts';

/** Who speaks in tests. */
export const NODE: NodeIdentity = { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' };

/** What a {@link LaneRig} may be given. */
export interface LaneRigOptions {
  readonly file?: SpoolFile;
  readonly times?: DeliveryTimes;
  readonly seed?: number;
  readonly reserveBytes?: number;
  readonly clock?: VirtualClock;
}

/** A spool with one lane for each sink, on a virtual clock. */
export class LaneRig {
  readonly clock: VirtualClock;
  readonly file: SpoolFile;
  readonly spool: AlertSpool;
  readonly lanes: readonly DeliveryLane[];
  readonly logged: { readonly message: string; readonly fields: LogFields }[] = [];
  /** What is wrong, by name. */
  readonly conditions = new Map<string, string>();
  #made = 0;

  constructor(sinks: readonly AlertSink[], options: LaneRigOptions = {}) {
    const { clock = new VirtualClock(1_769_860_800_000), times, seed = 1, reserveBytes } = options;
    this.clock = clock;
    this.file = options.file ?? new MemorySpoolFile({ clock });
    const { conditions } = this;
    const keep = (message: string, fields: LogFields = {}) =>
      void this.logged.push({ message, fields });
    const log: Logger = { ...silentLogger, error: keep, warn: keep, info: keep };
    const health = {
      set: (name: string, text: string) => void conditions.set(name, text),
      clear: (name: string) => void conditions.delete(name),
    };
    this.spool = new AlertSpool({
      ...{ file: this.file, clock, log, health },
      ...(reserveBytes !== undefined && { reserveBytes }),
      onSpooled: (alerts) => {
        for (const lane of this.lanes) lane.wake(alerts);
      },
    });
    this.spool.useSinks(sinks.map(({ name }) => name));
    const random = seededRandom(seed);
    const parts = { spool: this.spool, clock, random, log, health, node: NODE, times };
    this.lanes = sinks.map((sink) => new DeliveryLane({ ...parts, sink }));
    for (const lane of this.lanes) lane.wake();
  }

  /** Spools so many alerts, with messages that go on counting; returns their keys. */
  add(count: number, ruleId = 'R0001'): readonly string[] {
    return Array.from({ length: count }, () => {
      this.#made += 1;
      const message = `message ${this.#made}`;
      const alert = alertFromFinding(
        aFinding({ rule: { id: ruleId }, finding: { message, uniqueId: message } }),
        NODE,
      );
      this.addAlert(alert);
      return alert.idempotencyKey;
    });
  }

  addAlert(alert: Alert): void {
    const { ruleID: ruleId, idempotencyKey: key } = alert;
    this.spool.add({ alert: JSON.stringify(alert), key, ruleId });
  }

  /** Closes the lanes and the spool, moving the clock as far as that takes. */
  async close(budgetMs = 5_000): Promise<void> {
    const closing = Promise.all(this.lanes.map((lane) => lane.close(budgetMs)));
    await this.clock.advance(budgetMs + 20_000);
    await closing;
    this.spool.close();
  }
}
