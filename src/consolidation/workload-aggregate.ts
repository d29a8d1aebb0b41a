import { createHash } from 'node:crypto';
import { ANNOTATION, LABEL } from '#model/annotations.js';
import { CONTAINER_TYPES, type ContainerType, type InstanceId } from '#model/container.js';
import {
  type ApplicationProfile,
  type ContainerProfile,
  type NetworkNeighborhood,
  type ObjectMeta,
  PROFILE_API_VERSION,
} from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { formatWorkloadId, parseInstanceId } from '#profile/instance-id.js';
import { sortedUnique } from '#profile/list-merge.js';
import { workloadName } from '#profile/slug.js';
import { learningStateOf, withLearningState } from './learning-state.ts';

/** The profiles of a whole workload. */
export interface WorkloadAggregate {
  readonly ApplicationProfile: ApplicationProfile;
  readonly NetworkNeighborhood: NetworkNeighborhood;
}

/** Surfaces of a container profile that an ApplicationProfile has for each container. */
const APPLICATION_FIELDS = [
  'capabilities',
  'execs',
  'opens',
  'syscalls',
  'seccompProfile',
  'endpoints',
  'imageID',
  'imageTag',
  'rulePolicies',
  'identifiedCallStacks',
] as const;

const NEIGHBOR_FIELDS = ['ingress', 'egress'] as const;

/** Name of the workload that a profile's instance id tells of; undefined when it tells of none. */
export function workloadOf({ annotations }: ObjectMeta): string | undefined {
  const id = instanceIdOf(annotations);
  try {
    return id && workloadName(id);
  } catch {
    // No name can be made of it: nobody could look for the aggregate either.
    return undefined;
  }
}

/**
 * What the profiles of a workload's containers tell of it together. Pure; the order of the members makes no
 * difference. Throws nothing. At least one member.
 */
export function aggregateOf(
  workload: ObjectKey,
  members: readonly ContainerProfile[],
): WorkloadAggregate {
  const inOrder = members.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  const metadata = metadataOf(workload, inOrder);
  return {
    ApplicationProfile: {
      apiVersion: PROFILE_API_VERSION,
      kind: 'ApplicationProfile',
      metadata,
      spec: {
        architectures: sortedUnique(inOrder.flatMap(({ spec }) => spec.architectures ?? [])),
        ...containerLists(inOrder, APPLICATION_FIELDS),
      },
    },
    NetworkNeighborhood: {
      apiVersion: PROFILE_API_VERSION,
      kind: 'NetworkNeighborhood',
      metadata,
      spec: { ...selectorOf(inOrder), ...containerLists(inOrder, NEIGHBOR_FIELDS) },
    },
  };
}

function metadataOf(
  { namespace, name }: ObjectKey,
  members: readonly ContainerProfile[],
): ObjectMeta {
  const [first] = members;
  const { [LABEL.containerName]: _container, ...labels } = first?.metadata.labels ?? {};
  const id = instanceIdOf(first?.metadata.annotations);
  const wlid = firstAnnotation(members, ANNOTATION.wlid);
  const metadata = {
    name,
    namespace,
    labels,
    annotations: {
      ...(id && { [ANNOTATION.instanceId]: formatWorkloadId(id) }),
      ...(wlid && { [ANNOTATION.wlid]: wlid }),
      [ANNOTATION.resourceSize]: String(sizeOf(members)),
      [ANNOTATION.syncChecksum]: checksumOf(members),
    },
  };
  return withLearningState(metadata, {
    status: statusOf(members),
    completion: completionOf(members),
  });
}

/** `completed` when all containers of the main list are, whatever the others do. */
function statusOf(members: readonly ContainerProfile[]): string {
  const statusOfMember = ({ metadata }: ContainerProfile) => learningStateOf(metadata).status;
  const main = members.filter((member) => typeOf(member) === 'containers').map(statusOfMember);
  if (main.length > 0 && main.every((status) => status === 'completed')) return 'completed';
  return members.map(statusOfMember).includes('too-large') ? 'too-large' : 'ready';
}

function completionOf(members: readonly ContainerProfile[]): string {
  const isComplete = ({ metadata }: ContainerProfile) =>
    learningStateOf(metadata).completion === 'complete';
  return members.every(isComplete) ? 'complete' : 'partial';
}

function sizeOf(members: readonly ContainerProfile[]): number {
  return members.reduce(
    (sum, { metadata }) => sum + (Number(metadata.annotations?.[ANNOTATION.resourceSize]) || 0),
    0,
  );
}

function checksumOf(members: readonly ContainerProfile[]): string {
  const parts = members.map(
    ({ metadata }) => metadata.annotations?.[ANNOTATION.syncChecksum] ?? '',
  );
  return createHash('sha256').update(parts.join('')).digest('hex');
}

function containerLists(
  members: readonly ContainerProfile[],
  fields: readonly (keyof ContainerProfile['spec'])[],
): Partial<Record<ContainerType, readonly Readonly<Record<string, unknown>>[]>> {
  const lists = CONTAINER_TYPES.map((type) => {
    const ofType = members.filter((member) => typeOf(member) === type);
    return [type, ofType.map((member) => containerOf(member, fields))] as const;
  });
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

function containerOf(
  { metadata, spec }: ContainerProfile,
  fields: readonly (keyof ContainerProfile['spec'])[],
): Readonly<Record<string, unknown>> {
  const present = fields.filter((field) => spec[field] !== undefined);
  return {
    name:
      metadata.labels?.[LABEL.containerName] ?? instanceIdOf(metadata.annotations)?.containerName,
    ...Object.fromEntries(present.map((field) => [field, spec[field]])),
  };
}

/** The selector is the workload's, so every container says the same, if it says anything. */
function selectorOf(members: readonly ContainerProfile[]) {
  const spec = members.find(
    (member) => member.spec.matchLabels || member.spec.matchExpressions,
  )?.spec;
  return {
    ...(spec?.matchLabels && { matchLabels: spec.matchLabels }),
    ...(spec?.matchExpressions && { matchExpressions: spec.matchExpressions }),
  };
}

function typeOf({ metadata }: ContainerProfile): ContainerType {
  const annotated = metadata.annotations?.[ANNOTATION.containerType];
  return CONTAINER_TYPES.find((type) => type === annotated) ?? 'containers';
}

function firstAnnotation(members: readonly ContainerProfile[], key: string): string | undefined {
  return members.map(({ metadata }) => metadata.annotations?.[key]).find(Boolean);
}

function instanceIdOf(annotations: ObjectMeta['annotations']): InstanceId | undefined {
  const text = annotations?.[ANNOTATION.instanceId];
  try {
    return text ? parseInstanceId(text) : undefined;
  } catch {
    return undefined;
  }
}
