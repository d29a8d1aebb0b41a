import type { AlertSink } from '#alerts/alert-dispatcher.js';
import { StdoutSink } from '#alerts/sinks/stdout-sink.js';

/** The sink that prints alerts: one JSON object a line, or told to a person. */
export function stdoutSink(options: {
  readonly format: 'json' | 'pretty';
  readonly hasColour: boolean;
  /** A promise that it returns is waited for before the next alert. */
  readonly write: (text: string) => Promise<void> | undefined | void;
}): AlertSink {
  return new StdoutSink(options);
}
