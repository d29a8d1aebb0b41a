/** A parameter of an operation, as OpenAPI v3 has it. */
export interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly description: string;
  readonly required?: true;
  readonly schema: { readonly type: 'string' | 'integer' | 'boolean'; readonly uniqueItems?: true };
}

/** The namespace in a path. */
export const NAMESPACE = inPath('namespace', 'Namespace of the objects.');
/** The name in a path. */
export const NAME = inPath('name', 'Name of the object.');

const LABELS = query('labelSelector', 'Which labels the objects must have.');
const FIELDS = query('fieldSelector', 'Which fields the objects must have.');
const PRETTY = query('pretty', 'true: the answer has line breaks.');
const DRY_RUN = query('dryRun', 'All: check and answer, but write nothing.');

/** What a list and a watch take. */
export const LIST_PARAMETERS = [
  PRETTY,
  LABELS,
  FIELDS,
  query('allowWatchBookmarks', 'Send bookmarks with a watch.', 'boolean'),
  query('continue', 'Where a list goes on; from the part before.'),
  query('limit', 'How many objects at most.', 'integer'),
  query('resourceVersion', 'The version that is asked for.'),
  query('resourceVersionMatch', 'How the version is meant: Exact or NotOlderThan.'),
  query('sendInitialEvents', 'Begin a watch with everything that is there.', 'boolean'),
  query('timeoutSeconds', 'After how many seconds a watch ends.', 'integer'),
  query('watch', 'Send changes instead of a list.', 'boolean'),
] as const;
/** What a read takes. */
export const READ_PARAMETERS = [PRETTY] as const;
/** What a create, an update and a patch take. */
export const WRITE_PARAMETERS = [
  PRETTY,
  DRY_RUN,
  query('fieldManager', 'Who writes.'),
  query('fieldValidation', 'What to do about unknown fields: Ignore, Warn or Strict.'),
] as const;
/** What a patch takes besides. */
export const FORCE = query('force', 'Take fields from other managers when applying.', 'boolean');
/** What a deletion takes. */
export const DELETE_PARAMETERS = [
  PRETTY,
  DRY_RUN,
  query('gracePeriodSeconds', 'Seconds until the object may go.', 'integer'),
  query('propagationPolicy', 'What becomes of the objects that it owns.'),
] as const;
/** What a deletion of many takes besides. */
export const SELECTORS = [LABELS, FIELDS] as const;

function query(
  name: string,
  description: string,
  type: ApiParameter['schema']['type'] = 'string',
): ApiParameter {
  return { name, in: 'query', description, schema: { type } };
}

function inPath(name: string, description: string): ApiParameter {
  return { name, in: 'path', description, required: true, schema: { type: 'string' } };
}
