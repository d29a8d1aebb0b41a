import { AgentError } from '#model/agent-error.js';
import type { ContainerProfileSpec } from '#model/profile.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import { projectProfile } from '#profile/projection.js';
import { checkSpec } from '#profile/spec-check.js';
import type { RuleTestStep } from './rule-test.ts';

/** Fields of a ContainerProfile's spec; one more is the older name of `rulePolicies`. */
const FIELDS: ReadonlySet<string> = new Set([
  'architectures',
  'capabilities',
  'egress',
  'endpoints',
  'execs',
  'identifiedCallStacks',
  'imageID',
  'imageTag',
  'ingress',
  'matchExpressions',
  'matchLabels',
  'opens',
  'policyByRuleId',
  'rulePolicies',
  'seccompProfile',
  'syscalls',
]);

/** How explanations call the profile of a test. */
export const TEST_PROFILE_NAME = 'profile-of-the-test';

/**
 * The profile of a step as the rule that needs `needs` of it sees it; null when there is none. Throws
 * `invalid` with the field and what was expected.
 */
export function givenProfile(
  { profile, profileStatus, profileCompletion }: RuleTestStep,
  needs: ProfileNeeds,
): ContainerProfileEntry | null {
  if (profile === null) return null;
  const unknown = Object.keys(profile).find((key) => !FIELDS.has(key));
  if (unknown !== undefined) {
    throw new AgentError('invalid', `profile.${unknown}: there is no such field`);
  }
  const { policyByRuleId, ...rest } = profile;
  const spec = {
    ...rest,
    ...(policyByRuleId !== undefined && { rulePolicies: policyByRuleId }),
  } as ContainerProfileSpec;
  check(spec);
  const name = TEST_PROFILE_NAME;
  const origin = { role: 'learned', kind: 'ContainerProfile', namespace: '', name } as const;
  return {
    profile: projectProfile(spec, { needs, origin }),
    state: { name, status: profileStatus, completion: profileCompletion },
    isEnforced: profileStatus === 'completed',
  };
}

function check(spec: ContainerProfileSpec): void {
  try {
    checkSpec(spec);
  } catch (reason) {
    const { message } = AgentError.from(reason);
    throw new AgentError('invalid', message.replace(/^spec\b/, 'profile'), { cause: reason });
  }
}
