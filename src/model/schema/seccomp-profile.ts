import { PROFILE_API_VERSION } from '../profile.ts';
import { AGE_COLUMN } from './profile-columns.ts';
import type { ResourceDefinition } from './resource.ts';
import { anyObject, listOf, mapOf, record, text, texts } from './schema-parts.ts';
import { seccompProfile } from './seccomp-surface.ts';

const [group = '', version = ''] = PROFILE_API_VERSION.split('/');
const profile = seccompProfile('The seccomp profile of one container.');

const containerStatus = record('Where the profile of one container stands.', {
  conditions: listOf(anyObject('One condition.'), 'Conditions of the profile.'),
  status: text('State of the profile.'),
  path: text('Where it stands on the node.'),
  activeWorkloads: texts('Workloads that use it.'),
  localhostProfile: text('What to write as localhostProfile in a security context.'),
});

/** Seccomp profiles of the containers of a workload. */
export const SECCOMP_PROFILE: ResourceDefinition = {
  group,
  version,
  kind: 'SeccompProfile',
  listKind: 'SeccompProfileList',
  plural: 'seccompprofiles',
  singular: 'seccompprofile',
  shortNames: [],
  namespaced: true,
  description: 'SeccompProfile has the seccomp profiles of the containers of a workload.',
  schema: record('', {
    spec: record('The seccomp profiles.', {
      containers: listOf(profile, 'Those of the containers.'),
      initContainers: listOf(profile, 'Those of the init containers.'),
      ephemeralContainers: listOf(profile, 'Those of the ephemeral containers.'),
    }),
    status: {
      ...record('Where the profiles stand on the nodes.', {
        containers: mapOf(containerStatus, 'By the name of the container.'),
      }),
      nullable: true,
    },
  }),
  columns: [AGE_COLUMN],
};
