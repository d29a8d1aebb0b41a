import type { Alert } from '#model/alert.js';
import type { AlertSink, DeliveryOptions } from '../alert-sink.ts';

/** Keeps what is delivered to it. `behave` says what each delivery does before: throw, wait, nothing. */
export class CollectingSink implements AlertSink {
  readonly name: string;
  readonly batchSize: number;
  readonly batchDelayMs: number;
  readonly alertsPerMinute?: number;
  readonly alerts: Alert[] = [];
  /** How many alerts each delivery that succeeded had. */
  readonly batches: number[] = [];
  calls = 0;
  isClosed = false;
  readonly #behave: (options: DeliveryOptions, alerts: readonly Alert[]) => Promise<void>;

  constructor(
    name = 'collecting',
    behave: (options: DeliveryOptions, alerts: readonly Alert[]) => Promise<void> = async () => {},
    limits: Partial<Pick<AlertSink, 'batchSize' | 'batchDelayMs' | 'alertsPerMinute'>> = {},
  ) {
    this.name = name;
    this.batchSize = limits.batchSize ?? 100;
    this.batchDelayMs = limits.batchDelayMs ?? 0;
    if (limits.alertsPerMinute !== undefined) this.alertsPerMinute = limits.alertsPerMinute;
    this.#behave = behave;
  }

  get messages(): readonly string[] {
    return this.alerts.map(({ message }) => message);
  }

  async deliver(alerts: readonly Alert[], options: DeliveryOptions): Promise<void> {
    this.calls += 1;
    await this.#behave(options, alerts);
    this.batches.push(alerts.length);
    this.alerts.push(...alerts);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
