import type { Flow } from './flow.ts';
import type { AgentOptions } from './options.ts';
import type { ProgressCheck } from './progress-watch.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Events are judged within milliseconds; so much above the time for which they may be held says that they pile up. */
const EVENTS_LATE_MS = 5 * SECOND_MS;
/** Pile-ups of this age do not go away by themselves. */
const EVENTS_STUCK_MS = MINUTE_MS;
/** A store that is upgraded or a network that is mended is back by then. */
const REPORTS_LATE_MS = 15 * MINUTE_MS;
/** A watch that is silent for a minute and a half is replaced; by then neither a watch nor a list has succeeded. */
const WATCH_SILENT_MS = 5 * MINUTE_MS;
/** What an alert is worth in time; its sink was tried again and again by then. */
const ALERTS_LATE_MS = 5 * MINUTE_MS;

/** What must not get too old in an agent. */
export function progressChecks(
  flow: Flow,
  { holdTime, orderWindow }: Pick<AgentOptions, 'holdTime' | 'orderWindow'>,
): readonly ProgressCheck[] {
  const allowedMs = holdTime + 2 * orderWindow;
  let recordAgeMs = 0;
  return [
    {
      condition: 'events-late',
      limitMs: EVENTS_LATE_MS + allowedMs,
      what: 'events are judged late; the age of the oldest',
      ageMs: () => {
        recordAgeMs = flow.takeRecordAgeMs();
        return recordAgeMs;
      },
    },
    {
      condition: 'events-stuck',
      limitMs: EVENTS_STUCK_MS + allowedMs,
      what: 'events are judged so late that nobody is warned in time; the age of the oldest',
      ageMs: () => recordAgeMs,
    },
    {
      condition: 'reports-late',
      limitMs: REPORTS_LATE_MS,
      what: 'learned reports wait for the store; the age of the oldest',
      ageMs: () => flow.learner.queueState().oldestAgeMs,
    },
    {
      condition: 'profile-watch',
      limitMs: WATCH_SILENT_MS,
      what: 'the profile store has given no sign of life; for',
      ageMs: () =>
        Math.max(0, ...(flow.cache.statistics?.feedAges() ?? []).map((each) => each.ageMs)),
    },
    {
      condition: 'alerts-late',
      limitMs: ALERTS_LATE_MS,
      what: 'alerts wait for a sink; the age of the oldest',
      ageMs: () => Math.max(0, ...flow.alerts.sinkCounts.map(({ oldestAgeMs }) => oldestAgeMs)),
    },
  ];
}
