import { COLLAPSE_CONFIGURATION } from './collapse-configuration.ts';
import { APPLICATION_PROFILE, CONTAINER_PROFILE, NETWORK_NEIGHBORHOOD } from './profile-kinds.ts';
import type { ResourceDefinition } from './resource.ts';
import { RUNTIME_RULE_ALERT_BINDING } from './rule-binding.ts';
import { RULES } from './rules.ts';
import { SECCOMP_PROFILE } from './seccomp-profile.ts';

/**
 * Every kind that is served and stored. The OpenAPI documents, the checks of the store, the tables
 * and the CustomResourceDefinitions all come from here.
 */
export const RESOURCES: readonly ResourceDefinition[] = [
  CONTAINER_PROFILE,
  APPLICATION_PROFILE,
  NETWORK_NEIGHBORHOOD,
  SECCOMP_PROFILE,
  COLLAPSE_CONFIGURATION,
  RULES,
  RUNTIME_RULE_ALERT_BINDING,
];

/** The definition of a kind, or undefined when it is not served. */
export function resourceOfKind(kind: string): ResourceDefinition | undefined {
  return RESOURCES.find((resource) => resource.kind === kind);
}
