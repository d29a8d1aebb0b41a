import type { Container } from '#model/container.js';
import { type Finding, type FindingRule, PROFILE_DEPENDENCY } from '#model/finding.js';

/** Events of one container that the kernel side counted and had no room for. */
export interface LostEvents {
  readonly container: Container;
  /** How many, since it was last told. */
  readonly count: number;
  /** When it was told: milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** A rule of this id that is disabled in a manifest switches the finding off. */
export const LOST_EVENTS_RULE = 'HW0001';

/** The number is ours; no manifest holds it, for no event and expression finds it. */
const RULE: FindingRule = {
  id: LOST_EVENTS_RULE,
  name: 'Events of a container were not seen',
  description:
    'A container did so much in a moment that it filled its share of the buffer between kernel and agent, and what ' +
    'else it did then was counted but not looked at: someone may have made noise to hide something.',
  severity: 5,
  profileDependency: PROFILE_DEPENDENCY.notRequired,
  isTriggerAlert: true,
  mitreTactic: 'TA0005',
  mitreTechnique: 'T1562',
  tags: ['flood'],
};

/** The finding about a container that filled its share. Later ones of the container are its repeats. */
export function shareLostFinding({ container, count, timeMs }: LostEvents): Finding {
  const events = count === 1 ? '1 event' : `${count} events`;
  return {
    rule: RULE,
    subject: { container, timeMs },
    message: `${events} of the container could not be looked at: it had filled its share of the buffer`,
    uniqueId: 'share',
    reason: { expressions: [] },
  };
}
