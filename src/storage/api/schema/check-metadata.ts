import { OBJECT_META } from '#model/schema/object-meta.js';
import type { ResourceDefinition } from '#model/schema/resource.js';
import { isRecord } from '#profile/is-record.js';
import { checkValue } from './check-value.ts';
import type { FieldWalk } from './field-walk.ts';
import {
  dnsLabelFlaw,
  labelValueFlaw,
  qualifiedNameFlaw,
  subdomainFlaw,
} from './metadata-names.ts';

const MOST_ANNOTATION_BYTES = 256 * 1024;

type Fields = Readonly<Record<string, unknown>>;

/** Notes what is wrong with `metadata`, by the rules that Kubernetes has for every object. */
export function checkMetadata(
  resource: ResourceDefinition,
  metadata: unknown,
  walk: FieldWalk,
): void {
  checkValue(OBJECT_META, metadata, walk);
  if (!isRecord(metadata)) return;
  checkName(metadata, walk);
  checkNamespace(resource, metadata, walk);
  checkLabels(metadata['labels'], walk);
  checkAnnotations(metadata['annotations'], walk);
  checkFinalizers(metadata['finalizers'], walk);
}

function checkName(metadata: Fields, walk: FieldWalk): void {
  const { name, generateName } = metadata;
  if (isText(name)) walk.flawed('name', name, subdomainFlaw(name));
  else if (!isText(generateName)) {
    walk.add('FieldValueRequired', 'Required value: name or generateName is required', 'name');
  }
  if (!isText(generateName)) return;
  // The end is still to come, so a dash or dot is no last character here.
  const start = generateName.slice(0, 240).replace(/[-.]$/, '');
  walk.flawed('generateName', generateName, subdomainFlaw(start));
}

function checkNamespace(resource: ResourceDefinition, metadata: Fields, walk: FieldWalk): void {
  const { namespace } = metadata;
  if (!resource.namespaced) {
    if (isText(namespace)) {
      walk.add('FieldValueForbidden', 'Forbidden: not allowed on this type', 'namespace');
    }
    return;
  }
  if (isText(namespace)) walk.flawed('namespace', namespace, dnsLabelFlaw(namespace));
  else walk.add('FieldValueRequired', 'Required value', 'namespace');
}

function checkLabels(labels: unknown, walk: FieldWalk): void {
  if (!isRecord(labels)) return;
  for (const [key, value] of Object.entries(labels)) {
    if (walk.isFull) return;
    walk.flawed('labels', key, qualifiedNameFlaw(key));
    if (typeof value === 'string') walk.flawed('labels', value, labelValueFlaw(value));
  }
}

function checkAnnotations(annotations: unknown, walk: FieldWalk): void {
  if (!isRecord(annotations)) return;
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    if (walk.isFull) return;
    walk.flawed('annotations', key, qualifiedNameFlaw(key.toLowerCase()));
    if (typeof value === 'string') sizeBytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (sizeBytes <= MOST_ANNOTATION_BYTES) return;
  walk.add(
    'FieldValueTooLong',
    `Too long: may not be more than ${MOST_ANNOTATION_BYTES} bytes`,
    'annotations',
  );
}

function checkFinalizers(finalizers: unknown, walk: FieldWalk): void {
  if (!Array.isArray(finalizers)) return;
  for (const finalizer of finalizers) {
    if (walk.isFull) return;
    if (typeof finalizer === 'string') {
      walk.flawed('finalizers', finalizer, qualifiedNameFlaw(finalizer));
    }
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
