import type { Alert } from '#model/alert.js';
import type { AlertSink, DeliveryOptions } from '../alert-sink.ts';
import { batchKeyOf } from '../idempotency-key.ts';
import { type AlertFormat, formatted } from './alert-format.ts';
import { HttpTarget, type HttpTargetOptions } from './http-target.ts';
import { runtimeAlertList } from './runtime-alert-list.ts';

/** An {@link HttpSink} and what it sends. */
export interface HttpSinkOptions extends HttpTargetOptions {
  readonly name: string;
  readonly format: AlertFormat;
  /** Several alerts in one request; absent: one alert in each, as it is. */
  readonly bulk?: { readonly maxAlerts: number; readonly delayMs: number } | undefined;
  readonly alertsPerMinute?: number | undefined;
}

/** Posts alerts as JSON. An alert is delivered when the receiver has answered with a status of 200 to 299. */
export class HttpSink implements AlertSink {
  readonly name: string;
  readonly batchSize: number;
  readonly batchDelayMs: number;
  readonly alertsPerMinute?: number;
  readonly #format: AlertFormat;
  readonly #isBulk: boolean;
  readonly #target: HttpTarget;

  constructor(options: HttpSinkOptions) {
    const { name, format, bulk, alertsPerMinute } = options;
    this.name = name;
    this.batchSize = bulk?.maxAlerts ?? 1;
    this.batchDelayMs = bulk?.delayMs ?? 0;
    if (alertsPerMinute !== undefined) this.alertsPerMinute = alertsPerMinute;
    this.#format = format;
    this.#isBulk = bulk !== undefined;
    this.#target = new HttpTarget(options);
  }

  async deliver(alerts: readonly Alert[], { signal }: DeliveryOptions): Promise<void> {
    const groups = this.#isBulk ? [alerts] : alerts.map((alert) => [alert]);
    for (const group of groups) {
      await this.#target.post({
        body: JSON.stringify(this.#bodyOf(group)),
        contentType: 'application/json',
        idempotencyKey: batchKeyOf(group),
        signal,
      });
    }
  }

  async close(): Promise<void> {
    this.#target.close();
  }

  #bodyOf(alerts: readonly Alert[]): unknown {
    if (this.#isBulk && this.#format === 'runtime-alert') return runtimeAlertList(alerts);
    const objects = alerts.map((alert) => formatted(alert, this.#format));
    return this.#isBulk ? objects : objects[0];
  }
}
