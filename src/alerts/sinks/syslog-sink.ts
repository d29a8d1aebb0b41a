import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import type { AlertSink, DeliveryOptions } from '../alert-sink.ts';
import { deliveryError } from '../delivery-error.ts';
import { type SyslogStyle, syslogMessage } from './syslog-message.ts';

/** Brings messages to a syslog server. */
export interface SyslogTransport {
  /** Settles when the operating system has taken all of it. Connects when there is no connection. */
  send(message: Buffer, options: { readonly signal: AbortSignal }): Promise<void>;
  close(): void;
}

/** A {@link SyslogSink} and what it sends. */
export interface SyslogSinkOptions extends SyslogStyle {
  readonly name: string;
  readonly clock: Clock;
  readonly transport: SyslogTransport;
  /** Of one delivery, with connecting. */
  readonly timeoutMs: number;
  readonly alertsPerMinute?: number | undefined;
}

const BATCH_SIZE = 50;

/**
 * Sends alerts to a syslog server, one message each. Syslog has no answers: delivered means that the operating
 * system took the message for a connection that stood (TCP, TLS) or for the network (UDP).
 */
export class SyslogSink implements AlertSink {
  readonly name: string;
  readonly batchSize = BATCH_SIZE;
  readonly alertsPerMinute?: number;
  readonly #options: SyslogSinkOptions;

  constructor(options: SyslogSinkOptions) {
    this.name = options.name;
    if (options.alertsPerMinute !== undefined) this.alertsPerMinute = options.alertsPerMinute;
    this.#options = options;
  }

  async deliver(alerts: readonly Alert[], { signal }: DeliveryOptions): Promise<void> {
    const { clock, timeoutMs, transport, name } = this.#options;
    const budget = { clock, budgetMs: timeoutMs, signal, what: `sending to ${name}` };
    try {
      await withBudget(budget, async (inner) => {
        for (const alert of alerts) {
          await transport.send(syslogMessage(alert, this.#options), { signal: inner });
        }
      });
    } catch (reason) {
      // What was half sent cannot be finished by the next delivery.
      transport.close();
      if (reason instanceof AgentError) throw reason;
      const { message, code } = reason as { readonly message?: string; readonly code?: string };
      throw deliveryError(`${name}: ${message || code || reason}`, { cause: reason });
    }
  }

  async close(): Promise<void> {
    this.#options.transport.close();
  }
}
