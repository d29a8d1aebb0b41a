import { POD_LABEL, USER_MANAGED_PREFIX } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import type { ProfileKind } from '#model/profile.js';
import type { SourceRole } from '#model/profile-question.js';
import type { ObjectKey } from '#model/profile-store.js';
import { refusalOf } from './authored-profile.ts';
import { ProfileSource } from './profile-source.ts';

/** An ApplicationProfile or NetworkNeighborhood that is merged on top. */
export type OverlaySource =
  | ProfileSource<'ApplicationProfile'>
  | ProfileSource<'NetworkNeighborhood'>;

/** A source of any kind. */
export type AnySource = OverlaySource | ProfileSource<'ContainerProfile'>;

/**
 * Everything that one container's profile may be made of, by the rules of `docs/profile-cache.md`.
 * A source that does not exist stays in the set: it is asked for again with the others.
 */
export class SourceSet {
  readonly learned: ProfileSource<'ContainerProfile'>;
  /** Documents written by a person, the first that exists counts. Empty without the pod's label. */
  readonly authored: readonly ProfileSource<'ContainerProfile'>[];
  /** In the order in which they are merged. */
  readonly managed: readonly OverlaySource[];
  /** The same, for use where no authored document exists. */
  readonly userDefined: readonly OverlaySource[];

  /** @param previous the container's sources until now; what is known of those that stay is kept */
  constructor(container: Container, previous?: SourceSet) {
    const { namespace, profileName, workloadName } = container;
    const source = <K extends ProfileKind>(role: SourceRole, kind: K, name: string) =>
      previous?.find(role, kind, { namespace, name }) ??
      new ProfileSource({ role, kind, key: { namespace, name } });
    const authored = (role: SourceRole, name: string) =>
      previous?.find(role, 'ContainerProfile', { namespace, name }) ??
      new ProfileSource({
        role,
        kind: 'ContainerProfile',
        key: { namespace, name },
        refusalOf: (profile) => refusalOf(profile, container),
      });
    const managedName = `${USER_MANAGED_PREFIX}${workloadName}`;
    this.learned = source('learned', 'ContainerProfile', profileName);
    this.managed = [
      source('managed-application', 'ApplicationProfile', managedName),
      source('managed-network', 'NetworkNeighborhood', managedName),
    ];
    const label = userDefinedName(container);
    this.authored = label
      ? [
          authored('authored-for-container', `${label}-${container.name}`),
          authored('authored-for-pod', label),
        ]
      : [];
    this.userDefined = label
      ? [
          source('user-application', 'ApplicationProfile', label),
          source('user-network', 'NetworkNeighborhood', label),
        ]
      : [];
    this.all = [this.learned, ...this.managed, ...this.authored, ...this.userDefined];
  }

  /** All of them, in the order of the table in docs/profile-cache.md. */
  readonly all: readonly AnySource[];

  /** The source in that role for that very object, if it is one of these. */
  find<K extends ProfileKind>(
    role: SourceRole,
    kind: K,
    key: ObjectKey,
  ): ProfileSource<K> | undefined {
    const all: readonly ProfileSource[] = this.all;
    return all.find(
      (source): source is ProfileSource<K> =>
        source.role === role &&
        source.kind === kind &&
        source.key.namespace === key.namespace &&
        source.key.name === key.name,
    );
  }
}

/** What the pod's label names, or undefined. */
function userDefinedName(container: Container): string | undefined {
  return container.pod?.labels[POD_LABEL.userDefinedProfile] || undefined;
}
