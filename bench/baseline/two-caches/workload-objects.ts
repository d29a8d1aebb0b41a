import { ANNOTATION, LABEL } from '../../../src/model/annotations.ts';
import { CONTAINER_TYPES, type ContainerType } from '../../../src/model/container.ts';
import {
  type ApplicationProfile,
  type ContainerProfile,
  type NetworkNeighborhood,
  type ObjectMeta,
  PROFILE_API_VERSION,
} from '../../../src/model/profile.ts';
import type { ObjectKey, ProfileStore } from '../../../src/model/profile-store.ts';
import { parseInstanceId } from '../../../src/profile/instance-id.ts';
import { workloadName } from '../../../src/profile/slug.ts';

/** The two kinds, and their objects. */
export interface WorkloadKinds {
  readonly ApplicationProfile: ApplicationProfile;
  readonly NetworkNeighborhood: NetworkNeighborhood;
}
/** One of the two kinds. */
export type WorkloadKind = keyof WorkloadKinds;

/** One object as a list tells of it. */
export interface ListedObject {
  readonly metadata: ObjectMeta;
  /** The ContainerProfiles that it is made of; undefined for an object that is stored as it is. */
  readonly parts?: readonly ObjectMeta[];
}

type Calls = Pick<ProfileStore, 'get' | 'list'>;
type Options = Readonly<{ signal: AbortSignal }>;

/**
 * Serves workload-level objects out of a store that has one ContainerProfile a container, as the
 * storage of the older design did, beside the objects of people that the store has as they are.
 */
export class WorkloadObjects {
  readonly #store: Calls;

  constructor(store: Calls) {
    this.#store = store;
  }

  /** Metadata of all objects of a kind in a namespace; those of workloads first. */
  async list(
    kind: WorkloadKind,
    namespace: string,
    { signal }: Options,
  ): Promise<readonly ListedObject[]> {
    const learned = await this.#store.list('ContainerProfile', { namespace, signal });
    const written = await this.#store.list(kind, { namespace, signal });
    return [...aggregates(learned.items), ...written.items.map((metadata) => ({ metadata }))];
  }

  /** The object; undefined when it, or a part of it, is gone by now. */
  async get<K extends WorkloadKind>(
    kind: K,
    { metadata, parts }: ListedObject,
    options: Options,
  ): Promise<WorkloadKinds[K] | undefined> {
    if (parts === undefined) return this.#store.get(kind, metadata, options);
    const profiles: ContainerProfile[] = [];
    for (const part of parts) {
      const profile = await this.#store.get('ContainerProfile', keyOf(part), options);
      if (profile === undefined) return undefined;
      profiles.push(profile);
    }
    const object =
      kind === 'ApplicationProfile' ? application(metadata, profiles) : network(metadata, profiles);
    return object as WorkloadKinds[K];
  }
}

function keyOf({ namespace, name }: ObjectMeta): ObjectKey {
  return { namespace, name };
}

/** One object a workload, in the order in which the workloads first come. */
function aggregates(learned: readonly ObjectMeta[]): readonly ListedObject[] {
  const byWorkload = new Map<string, ObjectMeta[]>();
  for (const meta of learned) {
    const workload = workloadOf(meta);
    if (workload === undefined) continue;
    byWorkload.set(workload, [...(byWorkload.get(workload) ?? []), meta]);
  }
  return [...byWorkload].map(([name, parts]) => ({ metadata: aggregateMeta(name, parts), parts }));
}

/** Undefined for a report of a time series, and for what a person wrote. */
function workloadOf({ annotations = {} }: ObjectMeta): string | undefined {
  const instanceId = annotations[ANNOTATION.instanceId];
  if (instanceId === undefined || annotations[ANNOTATION.reportSeriesId]) return undefined;
  return workloadName(parseInstanceId(instanceId));
}

function aggregateMeta(name: string, parts: readonly ObjectMeta[]): ObjectMeta {
  const statuses = parts.map((part) => part.annotations?.[ANNOTATION.status]);
  const own = parts.filter((part) => typeOf(part) === 'containers');
  const isCompleted =
    own.length > 0 && own.every((part) => part.annotations?.[ANNOTATION.status] === 'completed');
  const unfinished = statuses.includes('too-large') ? 'too-large' : 'ready';
  const isComplete = parts.every(
    (part) => part.annotations?.[ANNOTATION.completion] === 'complete',
  );
  return {
    name,
    namespace: parts[0]?.namespace ?? '',
    resourceVersion: parts.map((part) => `${part.uid}@${part.resourceVersion}`).join(' '),
    annotations: {
      [ANNOTATION.status]: isCompleted ? 'completed' : unfinished,
      [ANNOTATION.completion]: isComplete ? 'complete' : 'partial',
    },
  };
}

function typeOf(meta: ObjectMeta): ContainerType {
  const type = meta.annotations?.[ANNOTATION.containerType];
  return CONTAINER_TYPES.find((known) => known === type) ?? 'containers';
}

function nameOf(meta: ObjectMeta): string {
  const instanceId = meta.annotations?.[ANNOTATION.instanceId];
  const fallback = meta.labels?.[LABEL.containerName] ?? '';
  return instanceId === undefined ? fallback : parseInstanceId(instanceId).containerName;
}

function application(
  metadata: ObjectMeta,
  profiles: readonly ContainerProfile[],
): ApplicationProfile {
  const sections = sectionsOf(profiles, (profile) => {
    const { ingress, egress, matchLabels, matchExpressions, ...surfaces } = profile.spec;
    return { name: nameOf(profile.metadata), ...surfaces };
  });
  return { apiVersion: PROFILE_API_VERSION, kind: 'ApplicationProfile', metadata, spec: sections };
}

function network(metadata: ObjectMeta, profiles: readonly ContainerProfile[]): NetworkNeighborhood {
  const sections = sectionsOf(profiles, ({ metadata: meta, spec: { ingress, egress } }) => ({
    name: nameOf(meta),
    ingress: ingress ?? [],
    egress: egress ?? [],
  }));
  const { matchLabels, matchExpressions } = profiles[0]?.spec ?? {};
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'NetworkNeighborhood',
    metadata,
    spec: {
      ...sections,
      matchLabels: matchLabels ?? null,
      matchExpressions: matchExpressions ?? null,
    },
  };
}

function sectionsOf<T>(
  profiles: readonly ContainerProfile[],
  make: (profile: ContainerProfile) => T,
) {
  const of = (type: ContainerType) =>
    profiles.filter(({ metadata }) => typeOf(metadata) === type).map(make);
  return {
    containers: of('containers'),
    initContainers: of('initContainers'),
    ephemeralContainers: of('ephemeralContainers'),
  };
}
