import { ANNOTATION, LABEL } from '../annotations.ts';
import type { Column } from './resource.ts';

/** How old the object is; the last column of every kind. */
export const AGE_COLUMN: Column = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created.',
  priority: 0,
  jsonPath: '.metadata.creationTimestamp',
};

/** Columns of a profile kind. All are read from the metadata: a table of profiles reads no bodies. */
export const PROFILE_COLUMNS: readonly Column[] = [
  fromMeta('Status', ANNOTATION.status, 'Where learning stands; ready means that it goes on.'),
  fromMeta('Completion', ANNOTATION.completion, 'Whether all that the container did was seen.'),
  fromMeta('Entries', ANNOTATION.resourceSize, 'How many entries the profile has.'),
  wide(fromMeta('Workload', LABEL.name, 'Name of the workload.')),
  wide(fromMeta('Container', LABEL.containerName, 'Name of the container.')),
  wide(fromMeta('Managed-By', ANNOTATION.managedBy, 'User when people keep it.')),
  wide(fromMeta('Why', ANNOTATION.partialBecause, 'Why the profile is partial.')),
  AGE_COLUMN,
];

function fromMeta(name: string, key: string, description: string): Column {
  const field = Object.values<string>(LABEL).includes(key) ? 'labels' : 'annotations';
  const jsonPath = `.metadata.${field}['${key.replaceAll('.', '\\.')}']`;
  return { name, type: 'string', description, priority: 0, jsonPath };
}

function wide(column: Column): Column {
  return { ...column, priority: 1 };
}
