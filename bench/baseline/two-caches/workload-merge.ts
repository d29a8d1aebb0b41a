import type { ContainerType } from '../../../src/model/container.ts';
import { CONTAINER_TYPES } from '../../../src/model/container.ts';
import type { ApplicationProfile, NetworkNeighborhood } from '../../../src/model/profile.ts';
import { joinedPolicies } from '../../../src/profile/entry-merge.ts';
import { overlaidNeighbors, overlaidSelector } from '../../../src/profile/neighbor-merge.ts';
import type { WorkloadKind, WorkloadKinds } from './workload-objects.ts';

const APPENDED = ['capabilities', 'execs', 'opens', 'syscalls', 'endpoints'] as const;

/** A deep copy of the workload's object with a person's laid over it, container by container. */
export function mergedWorkload<K extends WorkloadKind>(
  object: WorkloadKinds[K],
  overlay: WorkloadKinds[K],
): WorkloadKinds[K] {
  const copy = deepCopy(object) as ApplicationProfile | NetworkNeighborhood;
  const merged =
    copy.kind === 'ApplicationProfile'
      ? mergedApplication(copy, overlay as ApplicationProfile)
      : mergedNetwork(copy, overlay as NetworkNeighborhood);
  return merged as WorkloadKinds[K];
}

/** The container of that name, wherever in the pod it stands. */
export function sectionOf<C extends { readonly name?: string }>(
  spec: Readonly<Partial<Record<ContainerType, readonly C[] | null>>>,
  name: string,
): C | undefined {
  for (const type of CONTAINER_TYPES) {
    const found = (spec[type] ?? []).find((container) => container.name === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

type Sections<C> = Readonly<Partial<Record<ContainerType, readonly C[] | null>>>;

function mergedApplication(
  copy: ApplicationProfile,
  overlay: ApplicationProfile,
): ApplicationProfile {
  const sections = changedSections(copy.spec, (container) => {
    const extra = sectionOf(overlay.spec, container.name ?? '');
    if (extra === undefined) return container;
    const lists = APPENDED.map((field) => [
      field,
      [...(container[field] ?? []), ...(extra[field] ?? [])],
    ]);
    const rulePolicies = joinedPolicies(container.rulePolicies ?? {}, extra.rulePolicies ?? {});
    return { ...container, ...Object.fromEntries(lists), rulePolicies };
  });
  return { ...copy, spec: { ...copy.spec, ...sections } };
}

function mergedNetwork(
  copy: NetworkNeighborhood,
  overlay: NetworkNeighborhood,
): NetworkNeighborhood {
  const sections = changedSections(copy.spec, (container) => {
    const extra = sectionOf(overlay.spec, container.name ?? '');
    if (extra === undefined) return container;
    return {
      ...container,
      ingress: overlaidNeighbors(container.ingress ?? [], extra.ingress ?? []),
      egress: overlaidNeighbors(container.egress ?? [], extra.egress ?? []),
    };
  });
  return { ...copy, spec: { ...overlaidSelector(copy.spec, overlay.spec), ...sections } };
}

function changedSections<C>(spec: Sections<C>, change: (container: C) => C): Sections<C> {
  return {
    containers: (spec.containers ?? []).map(change),
    initContainers: (spec.initContainers ?? []).map(change),
    ephemeralContainers: (spec.ephemeralContainers ?? []).map(change),
  };
}

/** Every object and list anew; texts are shared, as they are in the languages such caches are written in. */
function deepCopy<T>(value: T): T {
  if (Array.isArray(value)) return value.map(deepCopy) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, deepCopy(part)]);
  return Object.fromEntries(entries) as T;
}
