import assert from 'node:assert/strict';
import type { ContainerProfile } from '#model/profile.js';
import type { CacheEntryView } from '../cache-entry-view.ts';
import { completionOf } from '../profile-meta.ts';
import {
  aLabelledContainer,
  anApplicationProfile,
  authored,
  CacheWorld,
  learned,
  NAMESPACE,
} from './cache-world.ts';
import { IDS, type Id, OBJECT, ROLES, type Role, type Step } from './trial-steps.ts';

/** What the test knows about one container, without looking into the cache. */
interface Known {
  isThere: boolean;
  removedAtMs: number;
  hasEndedByPod: boolean;
  isLearned: boolean;
  /** The highest version seen of each source in this life, in the view and in the profile itself. */
  versions: Map<string, number>;
  /** The version of the managed overlay that the profile held when it was last looked at. */
  overlayVersion: number | undefined;
  state: string | undefined;
}

const GRACE_MS = 10_000;

/** Drives a cache through steps and checks after each what holds always. */
export class CacheTrial {
  readonly world: CacheWorld;
  readonly #isPreExisting: boolean;
  readonly #known = new Map<Id, Known>();
  /** The version in which each object was last deleted. */
  readonly #deleted = new Map<string, number>();
  readonly #puts = new Map<string, number>();
  #version = 0;

  constructor(isPreExisting: boolean) {
    this.#isPreExisting = isPreExisting;
    this.world = new CacheWorld({ removalGraceMs: GRACE_MS }).start();
  }

  async take(each: Step): Promise<void> {
    if (each.do === 'pass') {
      for (let left = each.ms; left > 0; left -= 2_500) {
        await this.world.clock.advance(Math.min(left, 2_500));
        this.check();
      }
      return;
    }
    this.#apply(each);
    await this.world.clock.advance(0);
    this.check();
  }

  #apply(each: Exclude<Step, { do: 'pass' }>): void {
    const { cache, clock } = this.world;
    if (each.do === 'refresh') {
      cache.nudge();
      return;
    }
    const known = this.#known.get(each.id);
    switch (each.do) {
      case 'add':
        if (!known?.isThere) this.#known.set(each.id, freshlyAdded(this.#isEndedByPod(each.id)));
        cache.containerAdded(each.id);
        return;
      case 'remove':
        if (known?.isThere) {
          known.isThere = false;
          known.removedAtMs = clock.now();
        }
        cache.containerRemoved(each.id);
        return;
      case 'nudge':
        cache.nudge(each.id);
        return;
      case 'learn':
        if (known?.isThere) known.isLearned = true;
        cache.learningEnded(each.id);
        return;
      case 'identify':
        this.identify(each.id);
        return;
      case 'put':
        this.#put(each);
        return;
      case 'delete':
        this.#delete(each);
        return;
      case 'behave': {
        const { kind, name } = OBJECT[each.role](each.id);
        this.world.behave(kind, name, each.as);
        return;
      }
      case 'publish':
        this.#publish(each);
        return;
      default:
        each satisfies never;
    }
  }

  identify(each: Id): void {
    const preExisting = this.#isPreExisting;
    this.world.identify({ ...aLabelledContainer(each, `mine-${each}`), preExisting });
  }

  #put(each: Extract<Step, { do: 'put' }>): void {
    this.#version += 1;
    const { name } = OBJECT[each.role](each.id);
    const exec = `/v/${this.#version}`;
    const object = {
      learned: () => learned(name, exec, [each.status, each.completion]),
      managed: () => anApplicationProfile(name, exec),
      authored: () => authored(name, exec),
      user: () => anApplicationProfile(name, exec),
    }[each.role]();
    assert.equal(this.world.store.put(object), String(this.#version));
    this.#puts.set(`${each.id} ${each.role}`, this.#version);
  }

  #delete(each: Extract<Step, { do: 'delete' }>): void {
    const { kind, name } = OBJECT[each.role](each.id);
    const version = this.world.store.peek(kind, { namespace: NAMESPACE, name })?.metadata;
    if (version) this.#deleted.set(`${each.id} ${each.role}`, Number(version.resourceVersion));
    this.world.remove(kind, name);
  }

  #publish({ id: each, says }: Extract<Step, { do: 'publish' }>): void {
    const known = this.#known.get(each);
    if (says === 'nothing') {
      this.world.publish(each, undefined);
      return;
    }
    const state = says === 'ended' ? 'terminated' : 'waiting';
    const status = { name: 'web', containerId: says === 'ended' ? each : '', state } as const;
    this.world.publish(each, { uid: `${each}-uid`, containerStatuses: [status] });
    if (says === 'ended' && known) known.hasEndedByPod = true;
  }

  check(): void {
    assert.ok(this.world.store.mostUnderWay <= 1, 'two calls for one source at a time');
    for (const [each, known] of this.#known) this.#checkOne(each, known);
  }

  #checkOne(each: Id, known: Known): void {
    const view = this.world.cache.list().find(({ containerId }) => containerId === each);
    this.#checkPresence(each, known, view);
    for (const { role: of, name, resourceVersion } of view?.sources ?? []) {
      if (resourceVersion) assertNotOlder(known, `view ${of} ${name}`, Number(resourceVersion));
    }
    const isCached = view?.state === 'cached';
    if (isCached) this.#checkContent(each, known);
    else known.overlayVersion = undefined;
    if (isCached && known.state === 'pending') {
      const hasData = ROLES.some((of) => this.#puts.has(`${each} ${of}`));
      assert.ok(hasData, 'cached out of nothing');
    }
    known.state = view?.state;
  }

  /** It is in the cache exactly while it is there, and for the grace. */
  #checkPresence(each: Id, known: Known, view: CacheEntryView | undefined): void {
    const entry = this.world.cache.getContainerProfile(each);
    const hasLeft = view === undefined || view.state === 'leaving';
    if (!known.isThere) assert.ok(hasLeft, `${each} was resurrected`);
    else if (!known.hasEndedByPod) assert.ok(!hasLeft, `${each} went without a reason`);
    if (!known.isThere && this.world.clock.now() - known.removedAtMs >= GRACE_MS) {
      assert.equal(entry, undefined, `${each} has an entry after its grace`);
      assert.equal(view, undefined);
    }
    assert.equal(
      entry !== undefined,
      view?.state === 'cached' || (hasLeft && view?.status !== undefined),
    );
  }

  /** What the profile holds never gets older, and the overlay leaves it only by deletion. */
  #checkContent(each: Id, known: Known): void {
    const versions = this.versionsIn(each);
    for (const [of, version] of versions) assertNotOlder(known, `content ${of}`, version);
    const hadBefore = known.overlayVersion ?? 0;
    known.overlayVersion = versions.get('managed');
    if (known.overlayVersion !== undefined || hadBefore === 0) return;
    const deleted = this.#deleted.get(`${each} managed`) ?? 0;
    assert.ok(deleted >= hadBefore, 'the overlay vanished without having been deleted');
  }

  /** Versions of the objects that went into a container's profile, by role. */
  versionsIn(each: Id): ReadonlyMap<Role, number> {
    const found = new Map<Role, number>();
    for (const [of, versions] of this.#versionsPut(each)) {
      const inside = versions.filter(
        (version) => this.world.allowed(each, `/v/${version}`)?.length === 1,
      );
      assert.ok(inside.length <= 1, `two versions of ${of} in one profile: ${inside}`);
      if (inside[0] !== undefined) found.set(of, inside[0]);
    }
    return found;
  }

  readonly #allPuts = new Map<string, number[]>();

  #versionsPut(each: Id): [Role, number[]][] {
    return ROLES.map((of) => {
      const key = `${each} ${of}`;
      const versions = this.#allPuts.get(key) ?? [];
      const latest = this.#puts.get(key);
      if (latest !== undefined && versions.at(-1) !== latest) versions.push(latest);
      this.#allPuts.set(key, versions);
      return [of, versions];
    });
  }

  #isEndedByPod(each: Id): boolean {
    const status = this.world.podOf(NAMESPACE, `${each}-pod`);
    return status?.containerStatuses.some(({ state }) => state === 'terminated') ?? false;
  }

  /** Heals the world, and compares what the cache comes to with what it is to come to. */
  async converge(): Promise<void> {
    this.world.store.behaveWell();
    for (const each of IDS) {
      this.world.publish(each, undefined);
      this.identify(each);
    }
    await this.take({ do: 'pass', ms: 150_000 });
    for (const [each, known] of this.#known) {
      if (!known.isThere || known.hasEndedByPod) continue;
      const expected = this.#expected(each, known);
      const state = this.world.cache.list().find(({ containerId }) => containerId === each)?.state;
      assert.equal(state, expected.size > 0 ? 'cached' : 'pending');
      assert.deepEqual(new Map(this.versionsIn(each)), expected);
    }
  }

  /** The table of docs/profile-cache.md once more, in its simplest words. */
  #expected(each: Id, known: Known): Map<Role, number> {
    const stored = (of: Role) => {
      const { kind, name } = OBJECT[of](each);
      return this.world.store.peek(kind, { namespace: NAMESPACE, name }) as
        | ContainerProfile
        | undefined;
    };
    const own = stored('learned');
    const isOwn = this.#isPreExisting || known.isLearned;
    const counts = own && (isOwn || completionOf(own.metadata) === 'complete');
    const base: Role[] = stored('authored') ? ['authored'] : counts ? ['learned'] : [];
    const overlays: Role[] = stored('authored') ? ['managed'] : ['managed', 'user'];
    const all = [...base, ...overlays].filter((of) => stored(of));
    return new Map(
      all.toSorted(byRole).map((of) => [of, Number(stored(of)?.metadata.resourceVersion)]),
    );
  }

  /** Ends the cache in the middle of things. */
  async end(): Promise<void> {
    for (const each of IDS) {
      for (const of of ROLES) {
        const { kind, name } = OBJECT[of](each);
        this.world.behave(kind, name, { hang: true });
      }
      this.world.cache.containerRemoved(each);
      this.world.cache.containerAdded(each);
    }
    this.world.cache.nudge();
    await this.world.clock.advance(100);
    await this.world.stop();
    assert.equal(this.world.clock.pending, 0, 'a timer was left');
    assert.equal(this.world.store.underWay, 0, 'a call was left');
    const changes = this.world.changes.length;
    await this.world.clock.advance(60_000);
    assert.equal(this.world.changes.length, changes, 'something went on');
  }
}

function freshlyAdded(hasEndedByPod: boolean): Known {
  return {
    isThere: true,
    removedAtMs: 0,
    hasEndedByPod,
    isLearned: false,
    versions: new Map(),
    overlayVersion: undefined,
    state: undefined,
  };
}

function assertNotOlder(known: Known, key: string, version: number): void {
  const highest = known.versions.get(key) ?? 0;
  assert.ok(version >= highest, `${key}: version ${version} came after ${highest}`);
  known.versions.set(key, version);
}

function byRole(one: Role, other: Role): number {
  return ROLES.indexOf(one) - ROLES.indexOf(other);
}
