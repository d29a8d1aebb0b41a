import type { Alert } from '#model/alert.js';
import type { AlertSink } from '../alert-dispatcher.ts';

/** Keeps what it is sent. `behave` says what each `send` does before: throw, wait, nothing. */
export class CollectingSink implements AlertSink {
  readonly name: string;
  readonly alerts: Alert[] = [];
  isClosed = false;
  readonly #behave: () => Promise<void>;

  constructor(name = 'collecting', behave: () => Promise<void> = async () => {}) {
    this.name = name;
    this.#behave = behave;
  }

  get messages(): readonly string[] {
    return this.alerts.map(({ message }) => message);
  }

  async send(alert: Alert): Promise<void> {
    await this.#behave();
    this.alerts.push(alert);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
