import { PROFILE_API_VERSION } from '#model/profile.js';
import type { StoredKind } from './object-store.ts';

const RULE_API_VERSION = 'kubescape.io/v1';

/** Group and version of each kind; the tables do not repeat it with every object. */
export const API_VERSIONS: Readonly<Record<StoredKind, string>> = {
  ContainerProfile: PROFILE_API_VERSION,
  ApplicationProfile: PROFILE_API_VERSION,
  NetworkNeighborhood: PROFILE_API_VERSION,
  SeccompProfile: PROFILE_API_VERSION,
  CollapseConfiguration: PROFILE_API_VERSION,
  Rules: RULE_API_VERSION,
  RuntimeRuleAlertBinding: RULE_API_VERSION,
};

const CLUSTER_WIDE: ReadonlySet<StoredKind> = new Set([
  'CollapseConfiguration',
  'RuntimeRuleAlertBinding',
]);

/** True for kinds whose objects stand in no namespace: theirs is empty. */
export function isClusterWide(kind: StoredKind): boolean {
  return CLUSTER_WIDE.has(kind);
}
