import type { AlertSink } from '#alerts/alert-sink.js';
import { StdoutSink } from '#alerts/sinks/stdout-sink.js';
import type { Alert } from '#model/alert.js';

/** The sink that prints alerts: one JSON object a line, or told to a person. */
export function stdoutSink(options: {
  readonly format: 'json' | 'ocsf' | 'pretty';
  readonly hasColour: boolean;
  /** An agent can be asked about the alerts. */
  readonly isAskable?: boolean;
  /** A promise that it returns is waited for before the next alert. */
  readonly write: (text: string) => Promise<void> | undefined | void;
}): AlertSink {
  return new StdoutSink(options);
}

/** A sink that keeps every alert in a list. */
export function alertList(): { readonly sink: AlertSink; readonly alerts: readonly Alert[] } {
  const alerts: Alert[] = [];
  const sink: AlertSink = {
    name: 'list',
    batchSize: 1_000,
    deliver: async (batch) => {
      alerts.push(...batch);
    },
    close: async () => {},
  };
  return { sink, alerts };
}
