import { AgentError } from '#model/agent-error.js';
import { PROFILE_KINDS, type ProfileKind } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';

/** A kind by its name or, as a Kubernetes resource, its plural; in any case. Throws `invalid` for anything else. */
export function profileKindOf(name: string): ProfileKind {
  const given = name.toLowerCase();
  const kind = PROFILE_KINDS.find((each) => `${each.toLowerCase()}s`.startsWith(given));
  if (kind !== undefined && given.length >= kind.length) return kind;
  const plurals = PROFILE_KINDS.map((each) => `${each.toLowerCase()}s`);
  throw new AgentError('invalid', `KIND: expected one of ${plurals.join(', ')}, got ${name}`);
}

/** `NAMESPACE/NAME`. Throws `invalid` for anything else. */
export function profileKey(text: string): ObjectKey {
  const [namespace, name, ...rest] = text.split('/');
  if (namespace && name && rest.length === 0) return { namespace, name };
  throw new AgentError('invalid', `expected NAMESPACE/NAME, got ${text}`);
}
