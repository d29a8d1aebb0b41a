import type { Metrics } from '#metrics/metrics.js';
import type { EventAccounting } from '#model/event-accounting.js';

/** Registers where every event ended, so that the sum can be checked from outside. */
export function registerAccountingMetrics(metrics: Metrics, accounting: EventAccounting): void {
  metrics.counted(
    {
      name: 'hullwatch_events_emitted_total',
      help: 'Events that the kernel side decided to emit, those it then lost included.',
    },
    () => [{ value: accounting.snapshot().emitted }],
  );
  metrics.counted(
    {
      name: 'hullwatch_events_total',
      help: 'Where events ended: evaluated, duplicate, ignored or dropped, and why.',
      labels: ['disposition', 'reason'],
    },
    () => {
      const { evaluated, duplicate, ignored, dropped } = accounting.snapshot();
      return [
        { value: evaluated, labels: { disposition: 'evaluated', reason: '' } },
        { value: duplicate, labels: { disposition: 'duplicate', reason: '' } },
        ...byReason('ignored', ignored),
        ...byReason('dropped', dropped),
      ];
    },
  );
  metrics.gauged(
    { name: 'hullwatch_events_in_flight', help: 'Events that have not reached their place yet.' },
    () => [{ value: accounting.snapshot().inFlight }],
  );
}

function byReason(disposition: string, counts: Readonly<Record<string, number>>) {
  return Object.entries(counts).map(([reason, value]) => ({
    value,
    labels: { disposition, reason },
  }));
}
