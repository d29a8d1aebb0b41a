import { PROFILE_API_VERSION } from '../profile.ts';
import { AGE_COLUMN } from './profile-columns.ts';
import type { Column, ResourceDefinition } from './resource.ts';
import { listOf, record, text, whole } from './schema-parts.ts';

const [group = '', version = ''] = PROFILE_API_VERSION.split('/');

const prefixThreshold = record(
  'The threshold below one path.',
  {
    prefix: text('Where it applies, for example /etc.', { minLength: 1, pattern: '^/' }),
    threshold: whole('How many siblings are kept apart there.', { minimum: 1 }),
  },
  ['prefix', 'threshold'],
);

function threshold(description: string): ReturnType<typeof whole> {
  return whole(`${description} 0 or absent: the built-in one.`, { minimum: 0 });
}

/** When like entries of profiles are put together. Only the object called `default` is read. */
export const COLLAPSE_CONFIGURATION: ResourceDefinition = {
  group,
  version,
  kind: 'CollapseConfiguration',
  listKind: 'CollapseConfigurationList',
  plural: 'collapseconfigurations',
  singular: 'collapseconfiguration',
  shortNames: [],
  namespaced: false,
  description:
    'CollapseConfiguration says when like entries of profiles become one. Only the one named default is read.',
  schema: record('', {
    spec: record('The thresholds.', {
      openDynamicThreshold: threshold('How many siblings of a path in opens are kept apart.'),
      endpointDynamicThreshold: threshold('How many siblings of an endpoint are kept apart.'),
      execDynamicThreshold: threshold('How many values of an argument are kept apart.'),
      networkIPGroupThreshold: threshold('How many addresses of like peers are kept apart.'),
      networkCIDRFloorBits: whole(
        'The shortest prefix that addresses become. 0 or absent: the built-in one.',
        { minimum: 0, maximum: 32 },
      ),
      collapseConfigs: {
        ...listOf(
          prefixThreshold,
          'Thresholds by path; any of them replace the whole built-in table.',
        ),
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['prefix'],
      },
    }),
  }),
  columns: [
    column('Opens', 'openDynamicThreshold', 'Threshold of paths.'),
    column('Endpoints', 'endpointDynamicThreshold', 'Threshold of endpoints.'),
    column('Execs', 'execDynamicThreshold', 'Threshold of arguments.'),
    column('Addresses', 'networkIPGroupThreshold', 'Threshold of addresses.'),
    AGE_COLUMN,
  ],
};

function column(name: string, field: string, description: string): Column {
  return { name, type: 'integer', description, priority: 0, jsonPath: `.spec.${field}` };
}
