import { PROFILE_API_VERSION } from '../profile.ts';
import { containerLists } from './container-lists.ts';
import { CONTAINER_SURFACES } from './container-surfaces.ts';
import { SELECTOR_FIELDS } from './label-selector.ts';
import { NETWORK_SURFACES } from './network-surfaces.ts';
import { PROFILE_COLUMNS } from './profile-columns.ts';
import type { ResourceDefinition } from './resource.ts';
import { anyObject, record, texts } from './schema-parts.ts';

const [group = '', version = ''] = PROFILE_API_VERSION.split('/');
const status = anyObject('Not used.');

/** What one container does: learned, or written by a person. */
export const CONTAINER_PROFILE: ResourceDefinition = {
  group,
  version,
  kind: 'ContainerProfile',
  listKind: 'ContainerProfileList',
  plural: 'containerprofiles',
  singular: 'containerprofile',
  shortNames: ['cp'],
  namespaced: true,
  description: 'ContainerProfile says what one container does: learned, or written by a person.',
  schema: record('', {
    spec: record('What the container does.', {
      ...CONTAINER_SURFACES,
      ...SELECTOR_FIELDS,
      ...NETWORK_SURFACES,
      ...containerLists({ ...CONTAINER_SURFACES, ...NETWORK_SURFACES }),
    }),
    status,
  }),
  columns: PROFILE_COLUMNS,
};

/** Process and file surfaces of all containers of a workload. */
export const APPLICATION_PROFILE: ResourceDefinition = {
  group,
  version,
  kind: 'ApplicationProfile',
  listKind: 'ApplicationProfileList',
  plural: 'applicationprofiles',
  singular: 'applicationprofile',
  shortNames: ['ap'],
  namespaced: true,
  description:
    'ApplicationProfile says what the containers of a workload execute, open, serve and call.',
  schema: record('', {
    spec: record('What the containers do.', {
      architectures: texts('Architectures that the workload ran on, for example amd64.'),
      ...containerLists(CONTAINER_SURFACES),
    }),
    status,
  }),
  columns: PROFILE_COLUMNS,
};

/** Network surfaces of all containers of a workload. */
export const NETWORK_NEIGHBORHOOD: ResourceDefinition = {
  group,
  version,
  kind: 'NetworkNeighborhood',
  listKind: 'NetworkNeighborhoodList',
  plural: 'networkneighborhoods',
  singular: 'networkneighborhood',
  shortNames: ['nn'],
  namespaced: true,
  description: 'NetworkNeighborhood says with whom the containers of a workload talk.',
  schema: record('', {
    spec: record('With whom the containers talk.', {
      ...SELECTOR_FIELDS,
      ...containerLists(NETWORK_SURFACES),
    }),
  }),
  columns: PROFILE_COLUMNS,
};
