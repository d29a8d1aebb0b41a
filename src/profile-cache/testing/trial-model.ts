import type { ProfileNeeds } from '#model/profile-needs.js';
import type { MarkedVersion } from './marked-object.ts';
import { IDS, type Id, type Looks, podOf, type TrialObject } from './trial-cast.ts';
import { NEEDS } from './trial-needs.ts';
import type { Saying } from './trial-steps.ts';

/** What the test knows about one container, without looking into the cache. Times are monotonic. */
export interface KnownContainer {
  /** Counts its stays in the cache. */
  stay: number;
  looks: Looks;
  isIdentified: boolean;
  isThere: boolean;
  removedAtMs: number;
  /** A pod status gave the cache a reason to let it go, in this stay. */
  mayHaveLeft: boolean;
  /** Since when it is there, identified and published as ended. */
  endedSinceMs: number | undefined;
  hasLearned: boolean;
  /** Its label changed in this stay. */
  wasRelabelled: boolean;
  says: Saying;
}

/** What the test did to the world: the ground on which the cache is judged. */
export class TrialModel {
  readonly containers: ReadonlyMap<Id, KnownContainer>;
  /** All versions ever stored, by number. */
  readonly versions = new Map<number, MarkedVersion>();
  /** By object: its versions up to this one were deleted. */
  readonly deletedUpTo = new Map<string, number>();
  /** Objects that the store was told to deny having. */
  readonly denied = new Set<string>();
  readonly onTampered: 'keep' | 'absent';
  needs: ProfileNeeds = NEEDS.everything;
  /** Whose pod was published last under a pod's name. */
  readonly #podUids = new Map<string, string>();

  constructor(looksOf: (id: Id) => Looks, onTampered: 'keep' | 'absent') {
    this.onTampered = onTampered;
    this.containers = new Map(IDS.map((id) => [id, unseen(looksOf(id))]));
  }

  container(id: Id): KnownContainer {
    const known = this.containers.get(id);
    if (!known) throw new Error(`container ${id} is not in the cast`);
    return known;
  }

  /** A stay begins, unless the cache has it already. */
  added(
    id: Id,
    { nowMs, isInCache }: { readonly nowMs: number; readonly isInCache: boolean },
  ): void {
    const known = this.container(id);
    if (known.isThere && isInCache) return;
    const { looks, isIdentified, says, stay } = known;
    Object.assign(known, unseen(looks), { isIdentified, says, isThere: true, stay: stay + 1 });
    this.#judgePods(nowMs);
  }

  removed(id: Id, nowMs: number): void {
    const known = this.container(id);
    if (!known.isThere) return;
    known.isThere = false;
    known.removedAtMs = nowMs;
    known.endedSinceMs = undefined;
  }

  identified(id: Id, nowMs: number): void {
    this.container(id).isIdentified = true;
    this.#judgePods(nowMs);
  }

  relabelled(id: Id): void {
    const known = this.container(id);
    known.looks = { ...known.looks, isLabelled: !known.looks.isLabelled };
    known.wasRelabelled = true;
  }

  published(id: Id, says: Saying, nowMs: number): void {
    this.container(id).says = says;
    const pod = podOf(id);
    if (pod) this.#podUids.set(pod.key, pod.uid);
    this.#judgePods(nowMs);
  }

  /** The uid and what is said of each container of the pod that has this container's name last. */
  podStatus(id: Id): { readonly uid: string; readonly told: readonly [Id, Saying][] } | undefined {
    const key = podOf(id)?.key;
    const uid = this.#podUids.get(key ?? '');
    if (key === undefined || uid === undefined) return undefined;
    const own = IDS.filter((each) => podOf(each)?.key === key && podOf(each)?.uid === uid);
    const told = own.map((each): [Id, Saying] => [each, this.container(each).says]);
    if (told.every(([, says]) => says === 'unknown')) return undefined;
    return { uid, told: told.filter(([, says]) => says !== 'absent' && says !== 'unknown') };
  }

  /** The version of an object that `resourceVersion` names. */
  versionOf(
    { kind, namespace, name }: Pick<TrialObject, 'kind' | 'namespace' | 'name'>,
    resourceVersion: string | undefined,
  ): MarkedVersion | undefined {
    const found = this.versions.get(Number(resourceVersion));
    return found?.object.id === `${kind} ${namespace}/${name}` ? found : undefined;
  }

  #judgePods(nowMs: number): void {
    for (const [id, known] of this.containers) {
      const status = this.podStatus(id);
      const own = status?.told.find(([each]) => each === id)?.[1];
      const isAbsent = status !== undefined && status.told.length > 0 && own === undefined;
      if (known.isThere && (own === 'ended' || isAbsent)) known.mayHaveLeft = true;
      const isEnded = known.isThere && known.isIdentified && own === 'ended';
      known.endedSinceMs = isEnded ? (known.endedSinceMs ?? nowMs) : undefined;
    }
  }
}

function unseen(looks: Looks): KnownContainer {
  return {
    stay: 0,
    looks,
    isIdentified: false,
    isThere: false,
    removedAtMs: 0,
    mayHaveLeft: false,
    endedSinceMs: undefined,
    hasLearned: false,
    wasRelabelled: false,
    says: 'unknown',
  };
}
