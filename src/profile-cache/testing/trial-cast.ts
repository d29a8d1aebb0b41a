import { POD_LABEL } from '#model/annotations.js';
import type { Container, ContainerType } from '#model/container.js';
import type { ProfileKind } from '#model/profile.js';
import type { SourceRole } from '#model/profile-question.js';
import { aContainer } from '#model/testing/sample-container.js';

/** The containers of a trial. `a` and `b` are replicas; `g` comes in the place of `b`'s pod. */
export const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
export type Id = (typeof IDS)[number];

/** Names of containers, as sections of grouped documents and overlays carry them. */
export const SECTIONS: Readonly<Record<string, ContainerType>> = {
  web: 'containers',
  pay: 'containers',
  setup: 'initContainers',
  debug: 'ephemeralContainers',
};

interface Part {
  readonly namespace: string;
  readonly name: keyof typeof SECTIONS & string;
  /** Absent: no pod, as the host's own pseudo-container. */
  readonly pod?: string;
  readonly podUid?: string;
}

const CAST: Readonly<Record<Id, Part>> = {
  a: { namespace: 'shop', name: 'web', pod: 'one' },
  b: { namespace: 'shop', name: 'web', pod: 'two' },
  c: { namespace: 'shop', name: 'setup', pod: 'one' },
  d: { namespace: 'shop', name: 'debug', pod: 'one' },
  e: { namespace: 'bank', name: 'web', pod: 'one' },
  f: { namespace: 'bank', name: 'pay', pod: 'two' },
  g: { namespace: 'shop', name: 'web', pod: 'two', podUid: 'successor' },
  h: { namespace: 'host', name: 'web' },
};

const LABEL = 'mine';
const WORKLOAD = 'deployment';

/** What may differ between two looks at the same container. */
export interface Looks {
  readonly isLabelled: boolean;
  readonly isPreExisting: boolean;
}

/** Who a container is. */
export function identityOf(id: Id, { isLabelled, isPreExisting }: Looks): Container {
  const { namespace, name, pod, podUid } = CAST[id];
  const sample = aContainer();
  const labels = isLabelled ? { [POD_LABEL.userDefinedProfile]: LABEL } : undefined;
  const { pod: _pod, ...podless } = sample;
  return {
    ...podless,
    id,
    namespace,
    name,
    preExisting: isPreExisting,
    ...(pod && {
      pod: { name: pod, namespace, uid: podUid ?? `${pod}-uid`, labels: labels ?? {} },
    }),
    instanceId: {
      ...sample.instanceId,
      namespace,
      name: WORKLOAD,
      containerName: name,
      containerType: SECTIONS[name] ?? 'containers',
    },
    profileName: `${WORKLOAD}-${name}`,
    workloadName: WORKLOAD,
  };
}

/** One object that may exist, by the name by which steps speak of it. */
export interface TrialObject {
  readonly id: string;
  readonly kind: ProfileKind;
  readonly namespace: string;
  readonly name: string;
  /** Written by a person: may be signed, and so tampered with. */
  readonly isWritten: boolean;
}

/** A source of a container: which object, in which role. */
export interface TrialSource {
  readonly role: SourceRole;
  readonly object: TrialObject;
}

/** Everything a container's profile may be made of when it is labelled, in the order of the docs. */
export function sourcesOf(id: Id, isLabelled: boolean): readonly TrialSource[] {
  const { namespace, name, pod } = CAST[id];
  const source = (role: SourceRole, kind: ProfileKind, of: string): TrialSource => ({
    role,
    object: anObject(kind, namespace, of),
  });
  const always = [
    source('learned', 'ContainerProfile', `${WORKLOAD}-${name}`),
    source('managed-application', 'ApplicationProfile', `ug-${WORKLOAD}`),
    source('managed-network', 'NetworkNeighborhood', `ug-${WORKLOAD}`),
  ];
  if (!isLabelled || pod === undefined) return always;
  return [
    ...always,
    source('authored-for-container', 'ContainerProfile', `${LABEL}-${name}`),
    source('authored-for-pod', 'ContainerProfile', LABEL),
    source('user-application', 'ApplicationProfile', LABEL),
    source('user-network', 'NetworkNeighborhood', LABEL),
  ];
}

function anObject(kind: ProfileKind, namespace: string, name: string): TrialObject {
  const isWritten = !name.startsWith(`${WORKLOAD}-`);
  return { id: `${kind} ${namespace}/${name}`, kind, namespace, name, isWritten };
}

/** All objects that any container may have, by id, those of `a` first. */
export const OBJECTS: ReadonlyMap<string, TrialObject> = new Map(
  IDS.flatMap((id) => sourcesOf(id, true)).map(({ object }) => [object.id, object]),
);

/** Every kind and namespace that may be listed and watched. */
export const FEEDS: readonly Pick<TrialObject, 'kind' | 'namespace'>[] = [
  ...new Map(
    [...OBJECTS.values()].map(({ kind, namespace }) => [
      `${kind} ${namespace}`,
      { kind, namespace },
    ]),
  ).values(),
];

/** The pod of a container, as `namespace/name`; undefined outside Kubernetes. */
export function podOf(id: Id): { readonly key: string; readonly uid: string } | undefined {
  const { namespace, pod, podUid } = CAST[id];
  return pod === undefined
    ? undefined
    : { key: `${namespace}/${pod}`, uid: podUid ?? `${pod}-uid` };
}

export function namespaceOf(id: Id): string {
  return CAST[id].namespace;
}

export function containerNameOf(id: Id): string {
  return CAST[id].name;
}
