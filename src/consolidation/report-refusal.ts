import { AgentError } from '#model/agent-error.js';
import type { ObjectMeta } from '#model/profile.js';
import { refusalOf } from './learning-state.ts';
import { profileKeyOf, type TimeSeriesRow } from './time-series-row.ts';
import { label } from './update-rules.ts';

/** What the public system's clients look for at the end of a message, whatever else an answer says. */
export const REFUSAL_WORDS = {
  completed: 'object is completed',
  'too-large': 'object is too large',
} as const;

/** Throws `completed` or `too-large` when the profile of a report, if there is one, takes no more of them. */
export function refuseWhenClosed(profile: ObjectMeta | undefined, report: TimeSeriesRow): void {
  const refusal = profile && refusalOf(profile, report);
  if (refusal === undefined) return;
  const name = label('ContainerProfile', profileKeyOf(report));
  throw new AgentError(refusal, `${name} takes no more reports: ${REFUSAL_WORDS[refusal]}`);
}
