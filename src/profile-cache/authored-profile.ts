import { ANNOTATION } from '#model/annotations.js';
import type { Container, ContainerType } from '#model/container.js';
import type { ContainerProfile, ContainerProfileSpec } from '#model/profile.js';

type Section = ContainerProfileSpec & { readonly name?: string };
/** One document for all containers of a pod: their surfaces in sections, instead of at the top. */
type GroupedSpec = ContainerProfileSpec & {
  readonly [section in ContainerType]?: readonly Section[] | null;
};

/** Why a user-defined ContainerProfile cannot stand for this container; undefined when it can. */
export function refusalOf(profile: ContainerProfile, container: Container): string | undefined {
  const annotations = profile.metadata.annotations ?? {};
  if (annotations[ANNOTATION.status] !== undefined || annotations[ANNOTATION.reportSeriesId]) {
    return 'it was learned, not written by a person: it carries learning annotations';
  }
  if (!isGrouped(profile.spec) || sectionOf(profile.spec, container) !== undefined)
    return undefined;
  return `it has no section ${container.instanceId.containerType} for container ${container.name}`;
}

/**
 * What a user-defined ContainerProfile says about one container: the document itself when it is
 * flat; of a grouped one the container's section, with architectures and label selector of the whole.
 */
export function authoredFor(profile: ContainerProfile, container: Container): ContainerProfile {
  const spec: GroupedSpec = profile.spec;
  if (!isGrouped(spec)) return profile;
  const { name: _name, ...surfaces } = sectionOf(spec, container) ?? {};
  const { architectures, matchLabels, matchExpressions } = spec;
  const shared = Object.fromEntries(
    Object.entries({ architectures, matchLabels, matchExpressions }).filter(([, value]) => value),
  );
  return { ...profile, spec: { ...shared, ...surfaces } };
}

/** True when the document speaks of containers by name. */
export function isGrouped(spec: GroupedSpec): boolean {
  const { containers, initContainers, ephemeralContainers } = spec;
  return [containers, initContainers, ephemeralContainers].some((section) => section?.length);
}

function sectionOf(spec: GroupedSpec, container: Container): Section | undefined {
  const sections = spec[container.instanceId.containerType] ?? [];
  return sections.find(({ name }) => name === container.name);
}
