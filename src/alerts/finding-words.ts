import type { Alert } from '#model/alert.js';
import { type Finding, PROFILE_DEPENDENCY } from '#model/finding.js';
import type { ProfileState } from '#model/projected-profile.js';
import { redactText } from '#profile/redact.js';

/** A state that may also say why its profile was learned only partly. */
type State = ProfileState & { readonly partialBecause?: readonly string[] | undefined };

/** The reason as an alert carries it: first in one sentence for people. */
export function reasonOf(finding: Finding): Alert['reason'] {
  const { expressions, nearest } = finding.reason;
  return {
    short: redactText(sentenceOf(finding)),
    expressions,
    ...(nearest !== undefined && { nearest: redactText(nearest) }),
  };
}

/** How far the profile that was asked can be trusted to hold all that is normal. */
export function completenessOf({ rule, profile }: Finding): Pick<Alert, 'profileCompleteness'> {
  if (profile === undefined || rule.profileDependency === PROFILE_DEPENDENCY.notRequired) return {};
  const { completion, partialBecause = [] }: State = profile;
  if (completion === undefined) return {};
  const because = partialBecause.length > 0 && { partialBecause };
  return { profileCompleteness: { completion, ...because } };
}

/** What a person can do when it was meant to happen; only where a profile could have allowed it. */
export function suggestionFor(
  { rule, profile }: Finding,
  idempotencyKey: string,
): Pick<Alert, 'fixSuggestions'> {
  const isAboutProfile =
    rule.profileDependency !== PROFILE_DEPENDENCY.notRequired && profile?.checksum;
  if (!isAboutProfile) return {};
  const command = `hullwatch profiles allow ${idempotencyKey}`;
  return { fixSuggestions: `If this is expected, \`${command}\` prints what allows it.` };
}

function sentenceOf({ rule, profile, reason, message }: Finding): string {
  if (reason.expressions.length === 0) return message;
  if (rule.profileDependency === PROFILE_DEPENDENCY.notRequired) {
    return `${rule.id} alerts on this whatever the profile holds`;
  }
  if (!profile?.checksum) {
    const why = profile?.error ?? 'there is none';
    return `${rule.id} alerts on this, and no profile could allow it: ${why}`;
  }
  const { name, completion } = profile;
  const how = completion === 'partial' ? ', which was learned only partly,' : '';
  return reason.nearest === undefined
    ? `the profile ${name}${how} holds nothing like it`
    : `the profile ${name}${how} does not allow it; most like it there is ${reason.nearest}`;
}
