import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import type { PodEvent, PodEventWriter } from '#model/pod-event.js';
import type { AlertSink, DeliveryOptions } from '../alert-sink.ts';
import { deliveryError } from '../delivery-error.ts';
import { visibleText } from './visible-text.ts';

/** An {@link EventsSink} and who writes for it. */
export interface EventsSinkOptions {
  readonly name: string;
  readonly writer: PodEventWriter;
  readonly alertsPerMinute: number;
}

const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['invalid', 'not-found', 'exhausted']);
/** The note itself is cut to 1024 bytes by the writer. */
const MAX_NOTE = 1_024;

/**
 * Tells of alerts by Kubernetes Events about their pods. Delivered is what the API server has taken. An alert about a
 * container that belongs to no pod has no Event; it counts as delivered.
 */
export class EventsSink implements AlertSink {
  readonly name: string;
  readonly batchSize = 1;
  readonly alertsPerMinute: number;
  readonly #writer: PodEventWriter;

  constructor({ name, writer, alertsPerMinute }: EventsSinkOptions) {
    this.name = name;
    this.alertsPerMinute = alertsPerMinute;
    this.#writer = writer;
  }

  async deliver(alerts: readonly Alert[], { signal }: DeliveryOptions): Promise<void> {
    for (const alert of alerts) {
      const event = podEventOf(alert);
      if (event !== undefined) await this.#write(event, signal);
    }
  }

  async close(): Promise<void> {}

  async #write(event: PodEvent, signal: AbortSignal): Promise<void> {
    try {
      await this.#writer.write(event, { signal });
    } catch (reason) {
      const { code, message, retryAfterMs } = AgentError.from(reason);
      if (code === 'aborted') throw reason;
      throw deliveryError(`${this.name}: ${message}`, {
        isFinal: FINAL.has(code),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        cause: reason,
      });
    }
  }
}

function podEventOf(alert: Alert): PodEvent | undefined {
  const { podName, podNamespace, podUID, message, reason, arguments: values } = alert;
  if (podName === undefined || podNamespace === undefined || podUID === undefined) return undefined;
  const { repeats } = values;
  return {
    namespace: podNamespace,
    podName,
    podUid: podUID,
    containerName: alert.containerName,
    nodeName: alert.nodeName,
    reason: alert.ruleID,
    action: 'Alert',
    note: visibleText(`${alert.alertName}: ${message} (${reason.short})`, MAX_NOTE),
    timestamp: alert.timestamp,
    series: `${alert.containerID} ${alert.uniqueID}`,
    key: alert.idempotencyKey,
    count: typeof repeats === 'number' ? repeats : 1,
  };
}
