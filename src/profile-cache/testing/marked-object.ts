import { ANNOTATION, type ProfileCompletion, type ProfileStatus } from '#model/annotations.js';
import {
  type ContainerProfileSpec,
  type NetworkNeighbor,
  PROFILE_API_VERSION,
  type ProfileKind,
  type ProfileKinds,
} from '#model/profile.js';
import { SECTIONS, type TrialObject } from './trial-cast.ts';

/** How an object of a trial is made; what does not concern its kind is left out of account. */
export interface Shape {
  readonly status: ProfileStatus;
  readonly completion: ProfileCompletion;
  /** A document written by a person: flat, with a section for each of `covers`, or with learning annotations. */
  readonly form: 'flat' | 'grouped' | 'refused';
  /** Which containers overlays and grouped documents name. */
  readonly covers: readonly string[];
  readonly isTampered: boolean;
}

/** One version of an object, and the entries by which it is recognised in a profile. */
export interface MarkedVersion {
  readonly object: TrialObject;
  readonly shape: Shape;
  readonly version: number;
  readonly marks: readonly Mark[];
}

/** An entry that stands in one version of one object and nowhere else. */
export interface Mark {
  /** The container that it is for; undefined: whoever has the object as a source. */
  readonly container: string | undefined;
  readonly exec?: string;
  readonly address?: string;
}

/** Makes the object that is going to be stored with this version, and its marks. */
export function markedObject(
  object: TrialObject,
  shape: Shape,
  version: number,
): { readonly stored: ProfileKinds[ProfileKind]; readonly marked: MarkedVersion } {
  const { kind, namespace, name, isWritten } = object;
  const isLearned = kind === 'ContainerProfile' && (!isWritten || shape.form === 'refused');
  const annotations = isLearned && {
    [ANNOTATION.status]: shape.status,
    [ANNOTATION.completion]: shape.completion,
  };
  const names =
    kind === 'ContainerProfile' && (isLearned || shape.form !== 'grouped')
      ? [undefined]
      : shape.covers;
  const marks = names.map((container) => markOf(kind, container, version));
  const stored = {
    apiVersion: PROFILE_API_VERSION,
    kind,
    metadata: { name, namespace, ...(annotations && { annotations }) },
    spec: specOf(marks),
  };
  // Grouped documents have sections that the type of a ContainerProfile does not tell of.
  return { stored: stored as ProfileKinds[ProfileKind], marked: { object, shape, version, marks } };
}

function markOf(kind: ProfileKind, container: string | undefined, version: number): Mark {
  const part = container === undefined ? 0 : Object.keys(SECTIONS).indexOf(container) + 1;
  const exec = `/v/${version}/${container ?? 'all'}`;
  const address = `10.${version >> 8}.${version & 255}.${part + 1}`;
  return {
    container,
    ...(kind !== 'NetworkNeighborhood' && { exec }),
    ...(kind !== 'ApplicationProfile' && { address }),
  };
}

function specOf(marks: readonly Mark[]): unknown {
  const [only] = marks;
  if (only && only.container === undefined) return surfacesOf(only);
  const spec: Record<string, unknown[]> = {};
  for (const mark of marks) {
    const section = SECTIONS[mark.container ?? ''] ?? 'containers';
    spec[section] = [...(spec[section] ?? []), { name: mark.container, ...surfacesOf(mark) }];
  }
  return spec;
}

function surfacesOf({ exec, address }: Mark): ContainerProfileSpec {
  const neighbor = (ipAddress: string): NetworkNeighbor => ({
    identifier: `to ${ipAddress}`,
    type: 'external',
    ipAddress,
  });
  return {
    ...(exec && { execs: [{ path: exec }] }),
    ...(address && { egress: [neighbor(address)] }),
  };
}
