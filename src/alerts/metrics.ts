import type { Metrics } from '#metrics/metrics.js';
import type { AlertDispatcher } from './alert-dispatcher.ts';

type Counted = Pick<AlertDispatcher, 'countsByRule' | 'sinkCounts'>;

/** Registers what alerts count. Names are the public system's where it has them. */
export function registerAlertMetrics(metrics: Metrics, alerts: Counted): void {
  metrics.counted(
    {
      name: 'node_agent_alert_counter',
      help: 'Alerts handed to the sinks, by rule.',
      labels: ['rule_id'],
    },
    () =>
      [...alerts.countsByRule].map(([id, counts]) => ({
        value: counts.alerts,
        labels: { rule_id: id },
      })),
  );
  metrics.counted(
    {
      name: 'node_agent_alert_suppressed_total',
      help: 'Findings that made no alert, by rule and why.',
      labels: ['rule_id', 'reason'],
    },
    () =>
      [...alerts.countsByRule].flatMap(([id, counts]) => [
        { value: counts.suppressed, labels: { rule_id: id, reason: 'cooldown' } },
        { value: counts.failed, labels: { rule_id: id, reason: 'error' } },
      ]),
  );
  registerSinkMetrics(metrics, alerts);
}

function registerSinkMetrics(metrics: Metrics, alerts: Counted): void {
  metrics.counted(
    {
      name: 'hullwatch_alert_sink_total',
      help: 'Alerts by sink and what became of them: sent, failed or dropped.',
      labels: ['sink', 'result'],
    },
    () =>
      alerts.sinkCounts.flatMap(({ name, sent, failed, dropped }) =>
        Object.entries({ sent, failed, dropped }).map(([result, value]) => ({
          value,
          labels: { sink: name, result },
        })),
      ),
  );
  metrics.gauged(
    {
      name: 'hullwatch_alert_sink_waiting',
      help: 'Alerts that wait for a sink.',
      labels: ['sink'],
    },
    () =>
      alerts.sinkCounts.map(({ name, waiting }) => ({ value: waiting, labels: { sink: name } })),
  );
}
