import type { Container } from '#model/container.js';
import { type Finding, type FindingRule, PROFILE_DEPENDENCY } from '#model/finding.js';
import type { ProfileOrigin } from '#model/profile-question.js';

/** A stored profile that does not verify. */
export interface TamperedProfile {
  /** A container that the profile is meant for. */
  readonly container: Container;
  readonly origin: ProfileOrigin;
  /** Why it cannot be trusted, for people. */
  readonly reason: string;
  /** When it was found out: milliseconds since the Unix epoch. */
  readonly timeMs: number;
}

/** A rule of this id that is disabled in a manifest switches the finding off. */
export const TAMPERED_PROFILE_RULE = 'R1016';

/** Its number is the public system's; no manifest holds it, for no event and expression finds it. */
const RULE: FindingRule = {
  id: TAMPERED_PROFILE_RULE,
  name: 'Signed profile tampered',
  description:
    'A profile whose content is not what was signed, or that lacks the signature it must have: ' +
    'someone may have changed it to allow what it forbade.',
  severity: 10,
  profileDependency: PROFILE_DEPENDENCY.notRequired,
  isTriggerAlert: true,
  mitreTactic: 'TA0005',
  mitreTechnique: 'T1562',
  tags: ['signature'],
};

/** The finding about a container one of whose profiles cannot be trusted: one for each version of it. */
export function tamperedProfileFinding({
  container,
  origin,
  reason,
  timeMs,
}: TamperedProfile): Finding {
  const { kind, namespace, name, resourceVersion = '' } = origin;
  return {
    rule: RULE,
    subject: { container, timeMs },
    message: `${kind} ${namespace}/${name} (version ${resourceVersion || 'unknown'}) cannot be trusted: ${reason}`,
    uniqueId: `${kind}|${namespace}/${name}@${resourceVersion}`,
    reason: { expressions: [] },
  };
}
