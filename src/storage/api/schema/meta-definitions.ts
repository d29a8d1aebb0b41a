import { OBJECT_META } from '#model/schema/object-meta.js';
import { type PublishedSchema, publishedSchema } from '#model/schema/published-schema.js';
import type { Schema } from '#model/schema/schema.js';
import { anyObject, flag, listOf, record, text, texts, whole } from '#model/schema/schema-parts.js';

const PACKAGE = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The names under which the types that every API shares are published. */
export const META = {
  objectMeta: `${PACKAGE}.ObjectMeta`,
  listMeta: `${PACKAGE}.ListMeta`,
  status: `${PACKAGE}.Status`,
  deleteOptions: `${PACKAGE}.DeleteOptions`,
  patch: `${PACKAGE}.Patch`,
  watchEvent: `${PACKAGE}.WatchEvent`,
} as const;

const apiVersion = text('Group and version of the form that the object has.');
const kind = text('Kind of the object.');
const int64 = (description: string): Schema => ({ type: 'integer', format: 'int64', description });

const listMeta = record('Metadata of a list.', {
  continue: text('Where the next part of the list begins; opaque. Empty: there is none.'),
  remainingItemCount: int64('How many objects come after this part.'),
  resourceVersion: text('Version of the whole collection; opaque.'),
  selfLink: text('Not used any more.'),
});

const statusCause = record('One reason for a failure.', {
  field: text('The field that caused it, for example spec.execs[3].path.'),
  message: text('What is wrong, for people.'),
  reason: text('What is wrong, for machines.'),
});

const status = record('How a call ended.', {
  apiVersion,
  kind,
  metadata: listMeta,
  status: text('Success or Failure.'),
  message: text('What happened, for people.'),
  reason: text('Why it failed, for machines.'),
  code: whole('The HTTP status.'),
  details: record('What it was about.', {
    name: text('Name of the object.'),
    group: text('API group of the object.'),
    kind: text('Kind of the object.'),
    uid: text('UID of the object.'),
    retryAfterSeconds: whole('Seconds after which to try again.'),
    causes: listOf(statusCause, 'Everything that is wrong.'),
  }),
});

const deleteOptions = record('How to delete.', {
  apiVersion,
  kind,
  dryRun: texts('All: check, and delete nothing.'),
  gracePeriodSeconds: int64('Seconds until the object may go.'),
  orphanDependents: flag('Not used any more; see propagationPolicy.'),
  preconditions: record('What must hold of the object.', {
    resourceVersion: text('Its version.'),
    uid: text('Its UID.'),
  }),
  propagationPolicy: text('What becomes of the objects that it owns.'),
});

/** The published schemas of {@link META}, by name. */
export const META_DEFINITIONS: Readonly<Record<string, PublishedSchema>> = {
  [META.objectMeta]: publishedSchema(OBJECT_META),
  [META.listMeta]: publishedSchema(listMeta),
  [META.status]: publishedSchema(status),
  [META.deleteOptions]: publishedSchema(deleteOptions),
  [META.patch]: publishedSchema({ type: 'object', description: 'A change of an object.' }),
  [META.watchEvent]: publishedSchema(
    record(
      'One change of a watched collection.',
      {
        type: text('ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.'),
        object: anyObject('The object after the change.'),
      },
      ['type', 'object'],
    ),
  ),
};
