import { AgentError } from '#model/agent-error.js';
import { CONTAINER_TYPES, type ContainerType, type InstanceId } from '#model/container.js';
import { type PodOwner, podOwner } from './pod-owner.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Where each kind keeps its pod spec. */
const POD_SPEC_PATHS = {
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The kinds that {@link instancesOfWorkload} understands. */
export const WORKLOAD_KINDS: readonly string[] = Object.keys(POD_SPEC_PATHS);

/**
 * The instance id of every container of a manifest: containers, then initContainers, then
 * ephemeralContainers. A pod's owner reference decides whose name they carry (see `podOwner`); a
 * workload given directly is the owner itself. `defaultNamespace` stands in where the manifest has
 * no namespace. Throws `invalid`, naming the field, for what is no workload or has not what it needs.
 */
export function instancesOfWorkload(
  manifest: unknown,
  { defaultNamespace = '' }: { readonly defaultNamespace?: string } = {},
): readonly InstanceId[] {
  const object = fieldsOf(manifest, 'manifest');
  const kind = textAt(object, 'kind', 'kind');
  const metadata = fieldsOf(object['metadata'] ?? {}, 'metadata');
  const spec = podSpecOf(object, kind);
  const owner = ownerOf({ object, kind, metadata, spec });
  const namespace = metadata['namespace'] ?? defaultNamespace;
  if (typeof namespace !== 'string' || namespace === '') {
    throw expected('metadata.namespace', 'a non-empty text');
  }
  const path = podSpecPath(kind).join('.');
  const ids = CONTAINER_TYPES.flatMap((containerType) =>
    containerNames(spec, containerType, path).map((containerName) => ({
      ...owner,
      namespace,
      containerType,
      containerName,
    })),
  );
  if (ids.length === 0) throw expected(`${path}.containers`, 'at least one container');
  return ids;
}

function ownerOf({
  object,
  kind,
  metadata,
  spec,
}: Readonly<{ object: Fields; kind: string; metadata: Fields; spec: Fields }>): PodOwner {
  const references = listAt(metadata, 'ownerReferences', 'metadata.ownerReferences');
  const path = 'metadata.ownerReferences[0]';
  // Only a pod is named after what owns it: a ReplicaSet's pods carry its own name.
  const first = kind === 'Pod' ? references[0] : undefined;
  const reference = first === undefined ? undefined : referenceOf(fieldsOf(first, path), path);
  const self = {
    apiVersion: textAt(object, 'apiVersion', 'apiVersion'),
    kind,
    name: typeof metadata['name'] === 'string' ? metadata['name'] : '',
  };
  const owner = podOwner(self, reference, { labels: labelsOf(metadata), spec });
  if (owner.name === '') throw expected('metadata.name', 'a non-empty text');
  return owner;
}

function referenceOf(reference: Fields, path: string): PodOwner {
  return {
    apiVersion: textAt(reference, 'apiVersion', `${path}.apiVersion`),
    kind: textAt(reference, 'kind', `${path}.kind`),
    name: textAt(reference, 'name', `${path}.name`),
  };
}

function podSpecPath(kind: string): readonly string[] {
  const isKnown = Object.hasOwn(POD_SPEC_PATHS, kind);
  if (isKnown) return POD_SPEC_PATHS[kind as keyof typeof POD_SPEC_PATHS];
  throw new AgentError(
    'invalid',
    `kind: expected one of ${WORKLOAD_KINDS.join(', ')}, got ${kind}`,
  );
}

function podSpecOf(object: Fields, kind: string): Fields {
  let current = object;
  let path = '';
  for (const step of podSpecPath(kind)) {
    path = path === '' ? step : `${path}.${step}`;
    current = fieldsOf(current[step], path);
  }
  return current;
}

function containerNames(spec: Fields, type: ContainerType, path: string): readonly string[] {
  return listAt(spec, type, `${path}.${type}`).map((container, index) => {
    const field = `${path}.${type}[${index}]`;
    return textAt(fieldsOf(container, field), 'name', `${field}.name`);
  });
}

function labelsOf(metadata: Fields): Readonly<Record<string, string>> {
  const labels = fieldsOf(metadata['labels'] ?? {}, 'metadata.labels');
  return Object.fromEntries(
    Object.entries(labels).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

function fieldsOf(value: unknown, field: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw expected(field, 'an object');
}

function listAt(fields: Fields, key: string, field: string): readonly unknown[] {
  const value = fields[key] ?? [];
  if (Array.isArray(value)) return value;
  throw expected(field, 'a list');
}

function textAt(fields: Fields, key: string, field: string): string {
  const value = fields[key];
  if (typeof value === 'string' && value !== '') return value;
  throw expected(field, 'a non-empty text');
}

function expected(field: string, what: string): AgentError {
  return new AgentError('invalid', `${field}: expected ${what}`);
}
