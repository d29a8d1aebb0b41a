import type { RulePolicy } from '#model/profile.js';
import { sortedUnique } from './list-merge.ts';

/** The policies of both, by rule: processes of either are allowed, and the container if either says so. */
export function joinedPolicies(
  first: Readonly<Record<string, RulePolicy>>,
  other: Readonly<Record<string, RulePolicy>>,
): Readonly<Record<string, RulePolicy>> {
  const joined = new Map(Object.entries(first));
  for (const [ruleId, policy] of Object.entries(other)) {
    const known = joined.get(ruleId);
    joined.set(ruleId, known === undefined ? policy : joinPolicies(known, policy));
  }
  return Object.fromEntries(joined);
}

/** The policies with each list of processes sorted and without repetitions; what says nothing is left out. */
export function tidyPolicies(
  policies: Readonly<Record<string, RulePolicy>>,
): Readonly<Record<string, RulePolicy>> {
  return Object.fromEntries(
    Object.entries(policies).map(([ruleId, policy]) => [ruleId, joinPolicies(policy, {})]),
  );
}

function joinPolicies(first: RulePolicy, other: RulePolicy): RulePolicy {
  const processes = [...(first.processAllowed ?? []), ...(other.processAllowed ?? [])];
  return {
    ...(processes.length > 0 && { processAllowed: sortedUnique(processes) }),
    ...((first.containerAllowed || other.containerAllowed) && { containerAllowed: true }),
  };
}
