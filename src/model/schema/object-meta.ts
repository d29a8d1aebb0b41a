import type { Schema } from './schema.ts';
import { anyObject, flag, listOf, mapOf, record, text, texts } from './schema-parts.ts';

const ownerReference = record(
  'An object that owns this one.',
  {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner.'),
    controller: { ...flag('True: it manages the object.'), nullable: true },
    blockOwnerDeletion: { ...flag('True: it stays until this object is gone.'), nullable: true },
  },
  ['apiVersion', 'kind', 'name', 'uid'],
);

const time = (description: string): Schema => orNull(text(description, { format: 'date-time' }));
const int64 = (description: string): Schema =>
  orNull({ type: 'integer', format: 'int64', description });

/** Metadata of every object (`ObjectMeta` of Kubernetes). Writers in Go give `null` for empty fields. */
export const OBJECT_META: Schema = record('Standard metadata of a Kubernetes object.', {
  annotations: mapOf({ type: 'string' }, 'Texts that tools keep with the object.'),
  creationTimestamp: time('When the object was created; set by the server.'),
  deletionGracePeriodSeconds: int64('Seconds until the object may go; set by the server.'),
  deletionTimestamp: time('When deletion was asked for; set by the server.'),
  finalizers: texts('What must happen before the object goes; it stays until the list is empty.'),
  generateName: orNull(text('Beginning of the name, for which the server finds an end.')),
  generation: int64('Rises when the wanted state changes; set by the server.'),
  labels: mapOf({ type: 'string' }, 'Labels by which objects are selected.'),
  managedFields: listOf(anyObject('Fields of one manager.'), 'Who last wrote which fields.'),
  name: orNull(text('Name of the object, unique among its kind in the namespace.')),
  namespace: orNull(text('Namespace of the object; none for cluster-wide kinds.')),
  ownerReferences: listOf(ownerReference, 'Objects that own this one.'),
  resourceVersion: orNull(text('Version of the stored object; opaque.')),
  selfLink: orNull(text('Not used any more.')),
  uid: orNull(text('Identifies the object for all time; set by the server.')),
});

function orNull(schema: Schema): Schema {
  return { ...schema, nullable: true };
}
