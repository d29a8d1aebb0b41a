import type { Alert } from '#model/alert.js';
import type { AlertSink } from '../alert-dispatcher.ts';
import { prettyAlert } from './pretty-alert.ts';
import { visibleJson } from './visible-text.ts';

/** How a {@link StdoutSink} prints, and onto what. */
export interface StdoutSinkOptions {
  /** `json`: one object a line; `pretty`: for people. */
  readonly format: 'json' | 'pretty';
  /** Only for `pretty`. */
  readonly hasColour: boolean;
  /** Takes text whole and in order. When it returns a promise, the next text waits for that. */
  readonly write: (text: string) => unknown;
}

/** Prints alerts. */
export class StdoutSink implements AlertSink {
  readonly name = 'stdout';
  readonly #options: StdoutSinkOptions;

  constructor(options: StdoutSinkOptions) {
    this.#options = options;
  }

  async send(alert: Alert): Promise<void> {
    const { format, hasColour, write } = this.#options;
    await write(format === 'json' ? jsonLine(alert) : prettyAlert(alert, { hasColour }));
  }

  async close(): Promise<void> {}
}

/** An alert as one line of JSON, with nothing in it that a terminal could act on. */
function jsonLine(alert: Alert): string {
  return `${visibleJson(JSON.stringify(alert))}\n`;
}
