import type { LearningEvidence } from '#model/learning-evidence.js';

/** Evidence of a series that has not seen anything. */
export const NO_EVIDENCE: LearningEvidence = Object.freeze({
  seen: 0,
  lost: 0,
  dropped: 0,
  truncated: 0,
  coveredMs: 0,
  agentRestarts: 0,
});

/**
 * Why what was learned may not be all that the container did, for people; undefined when nothing is
 * missing. Only then may a report say `complete`.
 */
export function partialBecause(evidence: LearningEvidence, sawStart: boolean): string | undefined {
  const { lost, dropped, truncated, agentRestarts } = evidence;
  const reasons = [
    !sawStart && 'the container ran before the agent',
    agentRestarts === 1 && 'the agent was restarted',
    agentRestarts > 1 && `the agent was restarted ${agentRestarts} times`,
    lost > 0 && `${counted(lost, 'event')} lost in the kernel`,
    dropped > 0 && `${counted(dropped, 'event')} dropped: no room`,
    truncated > 0 && `${counted(truncated, 'event')} learned in part only`,
  ];
  const told = reasons.filter((reason) => reason !== false);
  return told.length === 0 ? undefined : told.join('; ');
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
