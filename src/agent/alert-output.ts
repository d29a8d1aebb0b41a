import type { AlertSink } from '#alerts/alert-dispatcher.js';
import { StdoutSink } from '#alerts/sinks/stdout-sink.js';

/** The sink that prints alerts: one JSON object a line, or told to a person. */
export function stdoutSink(options: {
  readonly format: 'json' | 'pretty';
  readonly hasColour: boolean;
  readonly write: (text: string) => void;
}): AlertSink {
  return new StdoutSink(options);
}
