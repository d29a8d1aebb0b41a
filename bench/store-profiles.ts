import { ANNOTATION } from '../src/model/annotations.ts';
import type { ContainerProfile } from '../src/model/profile.ts';
import { FLEET, FULL_SIZE, makeWorkload } from './profile-maker.ts';

/** Where all profiles of the store bench are, and what they are. */
export const KIND = 'ContainerProfile';
export const NAMESPACE = 'bench';
export const RESOURCE = '/apis/spdx.softwarecomposition.kubescape.io/v1beta1';
export const COLLECTION = `${RESOURCE}/namespaces/${NAMESPACE}/containerprofiles`;
export const PARTIAL_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** The sizes that are measured, and the part of a full profile that has about so many bytes of JSON. */
export const SIZES = [
  { name: '2 KB', share: 0.007 },
  { name: '20 KB', share: 0.134 },
  { name: '100 KB', share: 0.69 },
] as const;

/** A profile of a container that is still being learned: what is completed takes no update. */
export function profileOfSize(index: number, share: number): ContainerProfile {
  const part = (count: number) => Math.max(1, Math.round(count * share));
  const size = {
    opens: part(FULL_SIZE.opens),
    execs: part(FULL_SIZE.execs),
    syscalls: Math.min(part(FULL_SIZE.syscalls), FULL_SIZE.syscalls),
    endpoints: part(FULL_SIZE.endpoints),
    neighbors: part(FULL_SIZE.neighbors),
  };
  const { objects } = makeWorkload(5 * index + 1, { ...FLEET, reading: 'replicas', size });
  const made = objects[0] as ContainerProfile;
  const { labels = {}, annotations } = made.metadata;
  return {
    ...made,
    metadata: {
      name: `profile-${index}`,
      namespace: NAMESPACE,
      labels,
      annotations: { ...annotations, [ANNOTATION.status]: 'ready' },
    },
  };
}

/** The same profile, changed a little: a store does not write what is equal. */
export function touched(profile: ContainerProfile, turn: number): ContainerProfile {
  return { ...profile, spec: { ...profile.spec, imageTag: `registry.example.com/app:${turn}` } };
}
