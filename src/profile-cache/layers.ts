import { AgentError } from '#model/agent-error.js';
import type { Container } from '#model/container.js';
import {
  type ContainerProfile,
  type ContainerProfileSpec,
  PROFILE_API_VERSION,
  type ProfileKind,
  type ProfileKinds,
} from '#model/profile.js';
import { mergeApplicationProfile, mergeNetworkNeighborhood } from '#profile/merge.js';
import { checkSections, checkSpec } from '#profile/spec-check.js';
import { authoredFor } from './authored-profile.ts';
import type { Recipe } from './composition.ts';
import type { AnySource } from './source-set.ts';

/** Of a message: where something stands can be a long way down. */
const MOST_TOLD = 300;

/** A stored object of any kind. */
export type ProfileObject = ProfileKinds[ProfileKind];

/** Objects as they were read, by the source they were read for. Undefined: there is none. */
export type Bodies = ReadonlyMap<AnySource, ProfileObject | undefined>;

/** One part of a profile that is compiled by itself and shared with all containers that have the same. */
export interface Part {
  /** Equal for parts with the same content. */
  readonly key: string;
  /** Whose objects are needed to make it. */
  readonly sources: readonly [AnySource, ...AnySource[]];
  /** Its content. Objects that go in are never changed. */
  make(bodies: Bodies): ContainerProfileSpec;
}

/** The parts of a container's profile. */
export interface Parts {
  /** One for each source, in the order of merging. */
  readonly layers: readonly Part[];
  /** The neighbors of all sources merged: they are not just appended, so layers alone do not tell. */
  readonly network: Part | undefined;
}

/** What has to be compiled for a recipe. A part whose source has no version is never shared. */
export function partsOf(recipe: Recipe, container: Container): Parts {
  const sources: AnySource[] = [...(recipe.base ? [recipe.base] : []), ...recipe.overlays];
  const layers = sources.map((source) => layerOf(source, container));
  const neighbors = recipe.overlays.filter(({ kind }) => kind === 'NetworkNeighborhood');
  const [neighbor, ...otherNeighbors] = neighbors;
  if (neighbor === undefined) return { layers, network: undefined };
  const joined: Part['sources'] = recipe.base
    ? [recipe.base, ...neighbors]
    : [neighbor, ...otherNeighbors];
  const network: Part = {
    key: `network ${joined.map((source) => keyOf(source, container)).join(' ')}`,
    sources: joined,
    make: (bodies: Bodies) => mergedNeighbors(joined, container, bodies),
  };
  return { layers, network };
}

/** Why an object cannot be a source of this container's profile; undefined when it can. */
export function flawOf(
  source: AnySource,
  object: ProfileObject,
  container: Container,
): string | undefined {
  try {
    if (source.role !== 'learned') checkSections(object.spec, container.name);
    checkSpec(layerSpec(source, container, new Map([[source, object]])));
    return undefined;
  } catch (reason) {
    return AgentError.from(reason).message.slice(0, MOST_TOLD);
  }
}

function layerOf(source: AnySource, container: Container): Part {
  return {
    key: keyOf(source, container),
    sources: [source],
    make: (bodies) => layerSpec(source, container, bodies),
  };
}

function keyOf(source: AnySource, container: Container): string {
  const object =
    source.sharedKey ?? `${source.role} ${source.key.name} of ${container.id} ${source.version}`;
  return `${object}${sliceOf(source, container)}`;
}

/**
 * Names what of an object concerns a container: all of a learned profile, which is of one container;
 * of all others what is said of the container of that name and type.
 */
export function sliceOf({ role }: AnySource, { name, instanceId }: Container): string {
  return role === 'learned' ? '' : ` ${instanceId.containerType}/${name}`;
}

function layerSpec(source: AnySource, container: Container, bodies: Bodies): ContainerProfileSpec {
  const body = bodies.get(source);
  switch (body?.kind) {
    case 'ContainerProfile':
      return source.role === 'learned' ? body.spec : authoredFor(body, container).spec;
    case 'ApplicationProfile':
      return mergeApplicationProfile(empty(container), body, container.name).spec;
    case 'NetworkNeighborhood':
      return mergeNetworkNeighborhood(empty(container), body, container.name).spec;
    default:
      return {};
  }
}

function mergedNeighbors(
  sources: readonly AnySource[],
  container: Container,
  bodies: Bodies,
): ContainerProfileSpec {
  let merged = empty(container);
  for (const source of sources) {
    const body = bodies.get(source);
    if (body?.kind === 'NetworkNeighborhood') {
      merged = mergeNetworkNeighborhood(merged, body, container.name);
    } else if (body?.kind === 'ContainerProfile') {
      const { egress, ingress } = layerSpec(source, container, bodies);
      merged = { ...merged, spec: { egress: egress ?? [], ingress: ingress ?? [] } };
    }
  }
  return merged.spec;
}

function empty({ profileName: name, namespace }: Container): ContainerProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ContainerProfile',
    metadata: { name, namespace },
    spec: {},
  };
}
