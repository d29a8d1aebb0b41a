import { ANNOTATION } from '#model/annotations.js';
import type {
  ApplicationProfile,
  ContainerProfile,
  ContainerProfileSpec,
  NetworkNeighbor,
  NetworkNeighborhood,
} from '#model/profile.js';
import { canonicalCallStacks } from './collapse/canonical-call-stacks.ts';
import { canonicalNeighbors } from './collapse/canonical-neighbors.ts';
import {
  canonicalExpressions,
  withFieldsInOrder,
  withKeysInOrder,
} from './collapse/canonical-spec.ts';
import { collapseEndpoints } from './collapse/collapse-endpoints.ts';
import { collapseExecs } from './collapse/collapse-execs.ts';
import { collapseNeighbors } from './collapse/collapse-neighbors.ts';
import { collapseOpens } from './collapse/collapse-opens.ts';
import { type CollapseSettings, DEFAULT_COLLAPSE } from './collapse/collapse-settings.ts';
import { joinedPolicies, tidyPolicies } from './entry-merge.ts';
import { sortedUnique, withAppended } from './list-merge.ts';
import { overlaidNeighbors, overlaidSelector } from './neighbor-merge.ts';

const OVERLAY_LISTS = ['capabilities', 'execs', 'opens', 'syscalls', 'endpoints'] as const;
const REPORT_LISTS = [
  ...OVERLAY_LISTS,
  'architectures',
  'identifiedCallStacks',
  'matchExpressions',
  'ingress',
  'egress',
] as const;

/** What describes one report, and not the profile that it becomes part of. */
const REPORT_ANNOTATIONS: ReadonlySet<string> = new Set([
  ANNOTATION.completion,
  ANNOTATION.status,
  ANNOTATION.reportSeriesId,
  ANNOTATION.previousReportTimestamp,
  ANNOTATION.reportTimestamp,
]);

/**
 * A profile with one report of a time series added: lists appended (see {@link deflateSpec}), policies
 * joined, labels and annotations that are missing taken over, except those of the report itself.
 * Image and seccomp profile are the report's when it has them. Neither input is changed; entries are
 * shared with the result.
 */
export function mergeTimeSeries(
  profile: ContainerProfile,
  report: ContainerProfile,
): ContainerProfile {
  const { spec } = report;
  const annotations = Object.entries(report.metadata.annotations ?? {}).filter(
    ([key]) => !REPORT_ANNOTATIONS.has(key),
  );
  return {
    ...profile,
    metadata: {
      ...profile.metadata,
      labels: { ...report.metadata.labels, ...profile.metadata.labels },
      annotations: { ...Object.fromEntries(annotations), ...profile.metadata.annotations },
    },
    spec: {
      ...withAppended(profile.spec, spec, REPORT_LISTS),
      ...policiesOf(profile.spec, spec),
      ...(spec.matchLabels && {
        matchLabels: { ...spec.matchLabels, ...profile.spec.matchLabels },
      }),
      ...(spec.imageID && { imageID: spec.imageID }),
      ...(spec.imageTag && { imageTag: spec.imageTag }),
      ...(spec.seccompProfile ? { seccompProfile: spec.seccompProfile } : {}),
    },
  };
}

/** How alike entries become patterns. */
export interface DeflateOptions {
  /** {@link DEFAULT_COLLAPSE} when absent. */
  readonly settings?: CollapseSettings | undefined;
}

/**
 * A spec in which nothing stands twice, what is merely alike has become patterns (docs/patterns.md
 * says when), and everything stands in one order: the form in which profiles are stored. Applying it
 * again changes nothing, and the order of entries makes no difference to a byte of it. Lists that are
 * absent stay absent, except `execs`.
 */
export function deflateSpec(
  spec: ContainerProfileSpec,
  { settings = DEFAULT_COLLAPSE }: DeflateOptions = {},
): ContainerProfileSpec {
  const neighbors = (list: readonly NetworkNeighbor[]) =>
    canonicalNeighbors(collapseNeighbors(canonicalNeighbors(list), settings));
  return withFieldsInOrder({
    ...spec,
    ...(spec.architectures && { architectures: sortedUnique(spec.architectures) }),
    ...(spec.capabilities && { capabilities: sortedUnique(spec.capabilities) }),
    ...(spec.syscalls && { syscalls: sortedUnique(spec.syscalls) }),
    execs: collapseExecs(spec.execs ?? [], settings),
    ...(spec.opens && { opens: collapseOpens(spec.opens, settings) }),
    ...(spec.endpoints && { endpoints: collapseEndpoints(spec.endpoints, settings) }),
    ...(spec.rulePolicies && { rulePolicies: withKeysInOrder(tidyPolicies(spec.rulePolicies)) }),
    ...(spec.identifiedCallStacks && {
      identifiedCallStacks: canonicalCallStacks(spec.identifiedCallStacks),
    }),
    ...(spec.matchLabels && { matchLabels: withKeysInOrder(spec.matchLabels) }),
    ...(spec.matchExpressions && { matchExpressions: canonicalExpressions(spec.matchExpressions) }),
    ...(spec.ingress && { ingress: neighbors(spec.ingress) }),
    ...(spec.egress && { egress: neighbors(spec.egress) }),
  });
}

/**
 * A container's profile with a person's ApplicationProfile laid over it: the entries of the container
 * of that name appended, its policies joined. A container that it does not name leaves the profile as
 * it is. Neither input is changed; entries are shared with the result.
 */
export function mergeApplicationProfile(
  profile: ContainerProfile,
  overlay: ApplicationProfile,
  containerName: string,
): ContainerProfile {
  const container = containerOf(overlay.spec, containerName);
  if (container === undefined) return profile;
  return {
    ...profile,
    spec: {
      ...withAppended(profile.spec, container, OVERLAY_LISTS),
      ...policiesOf(profile.spec, container),
    },
  };
}

/**
 * A container's profile with a person's NetworkNeighborhood laid over it: the neighbors of the
 * container of that name by identifier, and the selector, which holds for every container. Neither
 * input is changed; entries are shared with the result.
 */
export function mergeNetworkNeighborhood(
  profile: ContainerProfile,
  overlay: NetworkNeighborhood,
  containerName: string,
): ContainerProfile {
  const { spec } = profile;
  const { ingress, egress } = containerOf(overlay.spec, containerName) ?? {};
  return {
    ...profile,
    spec: {
      ...overlaidSelector(spec, overlay.spec),
      ...(ingress && { ingress: overlaidNeighbors(spec.ingress ?? [], ingress) }),
      ...(egress && { egress: overlaidNeighbors(spec.egress ?? [], egress) }),
    },
  };
}

interface ContainerLists<C> {
  readonly containers?: readonly C[] | null;
  readonly initContainers?: readonly C[] | null;
  readonly ephemeralContainers?: readonly C[] | null;
}

/** The first container of that name, in the order in which the public system looks. */
function containerOf<C extends { readonly name?: string }>(
  { containers, initContainers, ephemeralContainers }: ContainerLists<C>,
  name: string,
): C | undefined {
  return [containers, initContainers, ephemeralContainers]
    .flatMap((list) => list ?? [])
    .find((container) => container.name === name);
}

function policiesOf(
  base: ContainerProfileSpec,
  extra: ContainerProfileSpec,
): Pick<ContainerProfileSpec, 'rulePolicies'> {
  if (!extra.rulePolicies) return {};
  return { rulePolicies: joinedPolicies(base.rulePolicies ?? {}, extra.rulePolicies) };
}
