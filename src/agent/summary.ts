import type { AccountingSnapshot } from '#model/event-accounting.js';
import { total } from '#model/event-accounting.js';
import type { Flow } from './flow.ts';

/** What an agent did, counted; printed at its end. */
export interface Summary {
  readonly accounting: AccountingSnapshot;
  readonly containers: number;
  readonly reportsSaved: number;
  readonly alerts: number;
}

/** The end of a run for people. The third line is the sum that always holds. */
export function formatSummary(summary: Summary): string {
  const { emitted, evaluated, duplicate, ignored, dropped, inFlight } = summary.accounting;
  const flight = inFlight === 0 ? '' : `, ${inFlight} in flight`;
  return [
    `${summary.containers} containers, ${summary.reportsSaved} reports saved, ${summary.alerts} alerts`,
    `ignored: ${reasons(ignored)}; dropped: ${reasons(dropped)}`,
    `events: ${emitted} emitted = ${evaluated} evaluated + ${duplicate} duplicate + ` +
      `${total(ignored)} ignored + ${total(dropped)} dropped${flight}`,
  ].join('\n');
}

/** Reads the counters of a flow that has been drained. */
export function summaryOf(flow: Flow): Summary {
  const { containers, reportsSaved } = flow;
  const { alerts } = flow.alerts.counts;
  return { accounting: flow.accounting.snapshot(), containers, reportsSaved, alerts };
}

function reasons(counts: Readonly<Record<string, number>>): string {
  const named = Object.entries(counts).filter(([, count]) => count > 0);
  return named.map(([reason, count]) => `${reason} ${count}`).join(', ') || 'none';
}
