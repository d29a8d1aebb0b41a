import type { ProjectedProfile } from '#model/projected-profile.js';

/** What rules ask; each is true when either profile says so. */
const QUESTIONS = [
  'wasExecuted',
  'wasExecutedWithArgs',
  'wasPathOpened',
  'wasPathOpenedWithFlags',
  'wasPathOpenedWithPrefix',
  'wasPathOpenedWithSuffix',
  'wasSyscallUsed',
  'wasCapabilityUsed',
  'wasEndpointAccessed',
  'wasEndpointAccessedWithMethods',
  'wasEndpointAccessedWithPrefix',
  'wasEndpointAccessedWithSuffix',
  'wasHostAccessed',
  'wasAddressIn',
  'wasAddressPortProtocolIn',
  'isDomainIn',
] as const satisfies readonly (keyof ProjectedProfile)[];

type Ask = (...values: readonly unknown[]) => boolean;

/** A profile that allows what either of two allows, to try out what the second would add. Holds what `added` holds. */
export function widenedProfile(base: ProjectedProfile, added: ProjectedProfile): ProjectedProfile {
  const either = QUESTIONS.map((question) => {
    const [first, second] = [base, added].map((each) => each[question].bind(each) as Ask);
    const ask: Ask = (...values) => first?.(...values) === true || second?.(...values) === true;
    return [question, ask] as const;
  });
  return {
    ...(Object.fromEntries(either) as unknown as Pick<
      ProjectedProfile,
      (typeof QUESTIONS)[number]
    >),
    policyOf: (ruleId) => added.policyOf(ruleId) ?? base.policyOf(ruleId),
    explain: (question) => {
      const answer = base.explain(question);
      return answer.allowedBy.length > 0 ? answer : added.explain(question);
    },
    callStacks: base.callStacks,
    needs: added.needs,
    checksum: `${base.checksum} + ${added.checksum}`,
  };
}
