import type { ResourceDefinition } from '#model/schema/resource.js';
import { isRecord } from '#profile/is-record.js';
import type { KubernetesObject } from '../object-store.ts';
import { apiVersionOf } from './resource-rows.ts';
import { checkAgainstSchema, unknownFields } from './schema/check-object.ts';
import { type Refusal, refusal } from './status.ts';

/** Which object a request is about. */
export interface ObjectPlace {
  readonly definition: ResourceDefinition;
  /** Empty for cluster-wide kinds. */
  readonly namespace: string;
  /** Absent when it is to be created. */
  readonly name?: string;
}

/** What is done about fields that the schema does not know. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Set by the server, whatever a client says. */
const SERVER_FIELDS = [
  'selfLink',
  'managedFields',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
];
const SERVER_FIELDS_OF_NEW = [...SERVER_FIELDS, 'uid', 'creationTimestamp', 'generation'];

/**
 * The object that a client sent, of the kind and in the namespace that the path names. Throws `BadRequest`
 * when it is of another kind or for another place.
 */
export function sentObject(value: unknown, place: ObjectPlace): KubernetesObject {
  const { definition, namespace, name } = place;
  if (!isRecord(value)) throw refusal('BadRequest', 'the body of the request: expected an object');
  const apiVersion = apiVersionOf(definition);
  const sentVersion = value['apiVersion'] ?? apiVersion;
  if (sentVersion !== apiVersion) {
    throw misfit(
      `the API version in the data (${shown(sentVersion)}) does not match the expected API version (${apiVersion})`,
    );
  }
  const sentKind = value['kind'] ?? definition.kind;
  if (sentKind !== definition.kind) {
    throw misfit(
      `the kind in the data (${shown(sentKind)}) does not match the expected kind (${definition.kind})`,
    );
  }
  const sent = value['metadata'] ?? {};
  if (!isRecord(sent)) throw misfit('metadata: expected an object');
  const metadata = withoutNulls(sent, name === undefined ? SERVER_FIELDS_OF_NEW : SERVER_FIELDS);
  refuseOtherPlace(metadata, place);
  return {
    ...value,
    apiVersion,
    kind: definition.kind,
    metadata: {
      name: '',
      ...metadata,
      namespace,
      ...(name !== undefined && { name }),
    },
  };
}

/** Throws `Invalid` with the path of every flaw. */
export function refuseFlaws(definition: ResourceDefinition, object: KubernetesObject): void {
  const { name, namespace, generateName } = object.metadata;
  // What is absent is absent to the schema, too.
  const metadata = {
    ...object.metadata,
    ...(namespace === '' && { namespace: undefined }),
    ...(name === '' && { name: undefined }),
  };
  const problems = checkAgainstSchema(
    definition,
    withoutUndefined({ ...object, metadata: withoutUndefined(metadata) }),
  );
  if (problems.length > 0) throw invalid(definition, name || generateName || '', problems);
}

/**
 * Warnings about fields that the schema does not know. Throws `BadRequest` instead when validation
 * is strict.
 */
export function unknownFieldWarnings(
  definition: ResourceDefinition,
  object: KubernetesObject,
  validation: FieldValidation,
): readonly string[] {
  if (validation === 'Ignore') return [];
  const words = unknownFields(definition, object).map((field) => `unknown field "${field}"`);
  if (validation === 'Warn' || words.length === 0) return words;
  throw refusal(
    'BadRequest',
    `${definition.kind} in version "${definition.version}" cannot be handled as a ${definition.kind}: strict decoding error: ${words.join(', ')}`,
  );
}

function refuseOtherPlace(
  metadata: Readonly<Record<string, unknown>>,
  { definition, namespace, name }: ObjectPlace,
): void {
  const sentName = metadata['name'] ?? '';
  if (name !== undefined && sentName !== '' && sentName !== name) {
    throw misfit(
      `the name of the object (${shown(sentName)}) does not match the name on the URL (${name})`,
    );
  }
  const sentNamespace = metadata['namespace'] ?? '';
  if (sentNamespace === '' || !definition.namespaced || sentNamespace === namespace) return;
  throw misfit(
    'the namespace of the provided object does not match the namespace sent on the request',
  );
}

function invalid(
  { group, kind }: ResourceDefinition,
  name: string,
  problems: ReturnType<typeof checkAgainstSchema>,
): Refusal {
  const words = problems.map(({ field, message }) => `${field}: ${message}`);
  const list = words.length === 1 ? words[0] : `[${words.join(', ')}]`;
  const qualified = group === '' ? kind : `${kind}.${group}`;
  return refusal('Invalid', `${qualified} "${name}" is invalid: ${list}`, {
    name,
    group,
    kind,
    causes: problems.map(({ type, message, field }) => ({ reason: type, message, field })),
  });
}

function misfit(message: string) {
  return refusal('BadRequest', message);
}

/** Writers in Go give `null` for what is not there. */
function withoutNulls(
  fields: Readonly<Record<string, unknown>>,
  dropped: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== null && !dropped.includes(name)),
  );
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function shown(value: unknown): string {
  return String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, 100);
}
