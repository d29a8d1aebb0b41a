import assert from 'node:assert/strict';
import type { CacheEntryView } from '../cache-entry-view.ts';
import type { CacheWorld } from './cache-world.ts';
import type { CallCounts } from './call-counts.ts';
import { sourcesOf, type TrialSource } from './trial-cast.ts';
import type { Scene } from './trial-invariants.ts';
import type { TrialModel } from './trial-model.ts';
import { isHeldFor } from './trial-needs.ts';
import { expectedOf, isFor, isUsable, type Used } from './trial-oracle.ts';

/** At rest: each container has the profile that what is stored makes, for what rules need now. */
export function restIsWhatIsStored(scene: Scene): void {
  const { id, known, view, entry, model, world } = scene;
  if (!known.isThere || (known.mayHaveLeft && view === undefined)) return;
  const stored = storedFor(scene);
  const tampered = stored.filter(({ marked }) => marked.shape.isTampered);
  // What was trusted last may stand in for what is not trusted.
  if (model.onTampered === 'keep' && tampered.some((used) => hadTrusted(used, model))) return;
  const trusted = stored.filter(({ marked }) => !marked.shape.isTampered);
  const { base, countsBase, overlays } = expectedOf(trusted, known);
  // A partial profile counts once learning has ended and the store had its time to merge the last report.
  const used = [...(base && countsBase !== 'no' ? [base] : []), ...overlays];
  assert.equal(view?.state, used.length > 0 ? 'cached' : 'pending', `${id} at rest`);
  if (!entry) return;
  assert.deepEqual(entry.profile.needs, model.needs, `${id} is compiled for earlier needs`);
  const texts = used.flatMap(({ marked }) => marked.marks).filter((mark) => isFor(id, mark));
  const execs = texts.flatMap(({ exec }) => (exec === undefined ? [] : [exec]));
  for (const exec of execs) {
    const isHeld = isHeldFor(model.needs, 'execs', exec);
    assert.equal(entry.profile.wasExecuted(exec), isHeld, `${id} at rest: ${exec}`);
    const allowedBy = world.cache.explain(id, { surface: 'execs', path: exec })?.allowedBy;
    assert.equal(allowedBy?.length, Number(isHeld), `${id} at rest: ${exec}`);
  }
}

function hadTrusted({ marked }: Used, { versions }: TrialModel): boolean {
  const same = [...versions.values()].filter(({ object }) => object === marked.object);
  return same.some(({ shape }) => !shape.isTampered);
}

/** At rest: a signature that broke was told, once for each container, object and version. */
export function tamperingIsTold(scene: Scene): void {
  const { id, known, view, model, world } = scene;
  const told = world.tampered.filter(({ containerId }) => containerId === id);
  const texts = told.map(({ origin: { kind, namespace, name, resourceVersion }, reason }) => {
    const marked = model.versionOf({ kind, namespace, name }, resourceVersion);
    assert.ok(marked?.shape.isTampered, `${id} distrusts ${name}@${resourceVersion}: ${reason}`);
    return `${kind} ${name}@${resourceVersion}`;
  });
  if (!known.isThere || view === undefined) return;
  for (const { role, marked } of storedFor(scene)) {
    if (!marked.shape.isTampered || !role.startsWith('managed')) continue;
    const text = `${marked.object.kind} ${marked.object.name}@${marked.version}`;
    assert.ok(texts.includes(text), `${id} was not told that ${text} is tampered with`);
  }
}

/** What the store holds for a container now, as far as it can be used, in the order of the sources. */
function storedFor({ id, known, model, world }: Scene): readonly Used[] {
  return sourcesOf(id, known.looks.isLabelled).flatMap((source: TrialSource) => {
    const { kind, namespace, name } = source.object;
    const version = world.store.peek(kind, { namespace, name })?.metadata.resourceVersion;
    const marked = model.versionOf(source.object, version);
    // Of what is not trusted, not even the form is believed.
    const mayCount = marked && (marked.shape.isTampered || isUsable(id, source, marked));
    return mayCount ? [{ role: source.role, marked }] : [];
  });
}

/**
 * At rest, with a store that lists and watches: nothing is read while nothing changes, and no feed is
 * begun anew again and again. Objects that were denied or are not trusted may be read once more.
 */
export function quietCostsNoReads(world: CacheWorld, before: CallCounts, model: TrialModel): void {
  if (world.store.mode !== 'feeds') return;
  const lists = world.store.lists.slice(before.lists);
  const watches = world.store.watchOpenings.slice(before.watchOpenings);
  assert.equal(new Set(lists).size, lists.length, 'one feed was listed twice in a minute');
  assert.equal(new Set(watches).size, watches.length, 'one feed was watched twice in a minute');
  const distrusted = [...model.versions.values()].filter(({ shape }) => shape.isTampered);
  const doubtful = new Set([...model.denied, ...distrusted.map(({ object }) => object.id)]);
  const needless = world.store.calls.slice(before.calls).filter((read) => !doubtful.has(read));
  assert.deepEqual(needless, [], 'objects were read though nothing changed');
}

/** At rest: one watch for each kind and namespace of a container that is here, and no other. */
export function feedsAreThoseInUse(world: CacheWorld, views: readonly CacheEntryView[]): void {
  if (world.store.mode !== 'feeds') return;
  const inUse = new Set(
    views.flatMap(({ sources }) => sources.map(({ kind, namespace }) => `${kind} ${namespace}`)),
  );
  const watched = world.store.watches().map(({ what }) => what);
  assert.deepEqual(watched.toSorted(), [...inUse].toSorted());
}

/** At rest: the final pods are those whose containers all have a final profile, and the census counts right. */
export function summariesAddUp(world: CacheWorld, views: readonly CacheEntryView[]): void {
  const pods = new Map<string, CacheEntryView[]>();
  for (const view of views) {
    if (view.podName === undefined || view.state === 'leaving') continue;
    const key = `${view.namespace} ${view.podName}`;
    pods.set(key, [...(pods.get(key) ?? []), view]);
  }
  for (const [key, own] of pods) {
    const [namespace = '', name = ''] = key.split(' ');
    const isFinal = own.every(
      ({ state, status, completion }) =>
        state === 'cached' && status === 'completed' && completion === 'complete',
    );
    assert.equal(world.cache.hasFinalProfile({ namespace, name }), isFinal, `pod ${key}`);
  }
  const count = (...states: readonly string[]) =>
    views.filter(({ state }) => states.includes(state)).length;
  const { pending, total } = world.cache.statistics.census();
  assert.deepEqual(
    { pending, total },
    { pending: count('waiting', 'pending'), total: views.length },
  );
}

/** When all containers have left and their grace is over, nothing of them is left but the tick. */
export function nothingIsLeft(world: CacheWorld): void {
  const { cache, clock, store } = world;
  assert.deepEqual(cache.list(), []);
  const held = Object.entries(cache.statistics.holdings()).filter(([, count]) => count > 0);
  assert.deepEqual(held, [], 'memory is held');
  assert.deepEqual(underWay(world), { get: 0, list: 0, watch: 0 }, 'calls or watches are left');
  assert.equal(clock.pending - store.pendingTimers, 1, 'other timers than the tick');
}

/** When the cache was stopped, nothing goes on: no timer, no call, no watch. */
export function nothingGoesOn(world: CacheWorld): void {
  const { clock, store } = world;
  assert.ok(world.hasEnded, 'the cache was told to stop and did not');
  assert.equal(clock.pending - store.pendingTimers, 0, 'a timer is left');
  assert.deepEqual(underWay(world), { get: 0, list: 0, watch: 0 }, 'calls or watches are left');
}

function underWay({ store: { tallies } }: CacheWorld) {
  const { get, list, watch } = tallies;
  return { get: get.underWay, list: list.underWay, watch: watch.underWay };
}
