import type { Alert } from '#model/alert.js';
import type { AlertSink } from '../alert-sink.ts';
import { formatted } from './alert-format.ts';
import { prettyAlert } from './pretty-alert.ts';
import { visibleJson } from './visible-text.ts';

/** How a {@link StdoutSink} prints, and onto what. */
export interface StdoutSinkOptions {
  /** `json`: one alert a line; `ocsf`: likewise, as Detection Findings; `pretty`: for people. */
  readonly format: 'json' | 'ocsf' | 'pretty';
  /** Only for `pretty`. */
  readonly hasColour: boolean;
  /** Likewise: an agent can be asked about the alert. */
  readonly isAskable?: boolean;
  /** Takes text whole and in order. When it returns a promise, the next text waits for that. */
  readonly write: (text: string) => unknown;
}

const BATCH_SIZE = 100;

/** Prints alerts. */
export class StdoutSink implements AlertSink {
  readonly name = 'stdout';
  readonly batchSize = BATCH_SIZE;
  readonly #options: StdoutSinkOptions;

  constructor(options: StdoutSinkOptions) {
    this.#options = options;
  }

  async deliver(alerts: readonly Alert[]): Promise<void> {
    for (const alert of alerts) await this.#options.write(this.#textOf(alert));
  }

  async close(): Promise<void> {}

  #textOf(alert: Alert): string {
    const { format, hasColour, isAskable } = this.#options;
    if (format === 'pretty') return prettyAlert(alert, { hasColour, isAskable });
    // With nothing in it that a terminal could act on.
    const json = JSON.stringify(formatted(alert, format === 'ocsf' ? 'ocsf' : 'runtime-alert'));
    return `${visibleJson(json)}\n`;
  }
}
