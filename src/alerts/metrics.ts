import type { Metrics, Reading } from '#metrics/metrics.js';
import type { AlertDispatcher, SinkCounts, SpoolCounts } from './alert-dispatcher.ts';
import { BREAKER_STATES } from './breaker.ts';

type Counted = Pick<AlertDispatcher, 'countsByRule' | 'sinkCounts' | 'spoolCounts'>;

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
  registerSinkCounters(metrics, alerts);
  registerSinkGauges(metrics, alerts);
  registerSpoolMetrics(metrics, alerts);
}

function registerSinkCounters(metrics: Metrics, alerts: Counted): void {
  metrics.counted(
    {
      name: 'hullwatch_alert_sink_total',
      help: 'Alerts by sink and what became of them: sent, failed (refused for good), dropped (no room in the spool), held_back (by the rate limit).',
      labels: ['sink', 'result'],
    },
    () =>
      alerts.sinkCounts.flatMap(({ name, sent, failed, dropped, heldBack }) =>
        Object.entries({ sent, failed, dropped, held_back: heldBack }).map(([result, value]) => ({
          value,
          labels: { sink: name, result },
        })),
      ),
  );
  metrics.counted(
    {
      name: 'hullwatch_alert_sink_retries_total',
      help: 'Deliveries that failed and are tried again.',
      labels: ['sink'],
    },
    () => bySink(alerts, ({ retries }) => retries),
  );
}

function registerSinkGauges(metrics: Metrics, alerts: Counted): void {
  metrics.gauged(
    {
      name: 'hullwatch_alert_sink_waiting',
      help: 'Alerts that wait for a sink.',
      labels: ['sink'],
    },
    () => bySink(alerts, ({ waiting }) => waiting),
  );
  metrics.gauged(
    {
      name: 'hullwatch_alert_sink_oldest_age_seconds',
      help: 'How long the oldest alert has waited for a sink.',
      labels: ['sink'],
    },
    () => bySink(alerts, ({ oldestAgeMs }) => oldestAgeMs / 1_000),
  );
  metrics.gauged(
    {
      name: 'hullwatch_alert_sink_breaker',
      help: '1 for the state that a sink is in: closed (well), open (left alone for a while), half-open (tried again).',
      labels: ['sink', 'state'],
    },
    () =>
      alerts.sinkCounts.flatMap(({ name, breaker }) =>
        BREAKER_STATES.map((state) => ({
          value: state === breaker ? 1 : 0,
          labels: { sink: name, state },
        })),
      ),
  );
}

function registerSpoolMetrics(metrics: Metrics, alerts: Counted): void {
  metrics.gauged(
    { name: 'hullwatch_alert_spool_bytes', help: 'Size of the alerts in the spool.' },
    () => [{ value: alerts.spoolCounts.sizeBytes }],
  );
  const counted = (name: string, help: string, read: (counts: SpoolCounts) => number) =>
    metrics.counted({ name: `hullwatch_alert_spool_${name}_total`, help }, () => [
      { value: read(alerts.spoolCounts) },
    ]);
  counted('accepted', 'Alerts that the spool took.', ({ accepted }) => accepted);
  counted(
    'unwritten',
    'Alerts that the spool took in memory only, for its file could not be written.',
    ({ unwritten }) => unwritten,
  );
  counted(
    'discarded',
    'Alerts that went for want of room, once for each sink that had not had them.',
    ({ discarded }) => discarded,
  );
}

function bySink(alerts: Counted, read: (counts: SinkCounts) => number): readonly Reading[] {
  return alerts.sinkCounts.map((counts) => ({
    value: read(counts),
    labels: { sink: counts.name },
  }));
}
