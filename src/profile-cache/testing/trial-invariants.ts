import assert from 'node:assert/strict';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { CacheChange } from '../cache-change.ts';
import type { CacheEntryView } from '../cache-entry-view.ts';
import type { TamperedProfile } from '../ports.ts';
import type { CacheWorld } from './cache-world.ts';
import type { StoreCall } from './scripted-profile-store.ts';
import { type Id, namespaceOf, sourcesOf } from './trial-cast.ts';
import type { KnownContainer, TrialModel } from './trial-model.ts';

export const GRACE_MS = 10_000;
/** The longest between two ticks, and a little. */
const TICK_MS = 33_000 + 500;

/** One container as it is now, as it was when it was looked at last, and what the test knows of it. */
export interface Scene {
  readonly id: Id;
  readonly known: KnownContainer;
  readonly view: CacheEntryView | undefined;
  readonly entry: ContainerProfileEntry | undefined;
  /** In the same stay; undefined at its first look. */
  readonly before: CacheEntryView | undefined;
  readonly world: CacheWorld;
  readonly model: TrialModel;
}

/** Nobody is there who should not be; nobody comes back; nobody goes without a reason. */
export function presenceIsTrue({ id, known, view, entry, world, before }: Scene): void {
  const isOpen = view !== undefined && view.state !== 'leaving';
  const nowMs = world.clock.monotonic();
  if (!known.isThere) assert.ok(!isOpen, `${id} was resurrected`);
  else if (!known.mayHaveLeft) assert.ok(isOpen, `${id} went without a reason`);
  if (!known.isThere && nowMs - known.removedAtMs >= GRACE_MS) {
    assert.equal(entry, undefined, `${id} has an entry after its grace`);
    assert.equal(view, undefined, `${id} is in the list after its grace`);
  }
  if (view?.state === 'leaving' && before?.state === 'cached') {
    assert.ok(entry, `${id} is in its grace, and its last events find no profile`);
  }
  const { endedSinceMs = nowMs } = known;
  assert.ok(
    nowMs - endedSinceMs <= TICK_MS || !isOpen,
    `${id} ended by its pod's status and stays`,
  );
}

/** An entry can be looked up exactly when the view has one. */
export function lookupAgreesWithView({ view, entry, id, world }: Scene): void {
  const isCached =
    view?.state === 'cached' || (view?.state === 'leaving' && view.status !== undefined);
  assert.equal(entry !== undefined, isCached, `${id} is ${view?.state} and has entry: ${!!entry}`);
  const state = world.cache.getContainerProfileState(id);
  assert.equal(state.error !== undefined || entry !== undefined, true, `${id} has no state`);
  assert.equal(world.cache.getCallStackTree(id) !== undefined, entry !== undefined);
}

/** Whatever a container holds of a source never gets older during its stay; `seen` remembers. */
export function versionsNeverGoBack(
  { id, view, known: { stay } }: Scene,
  seen: Map<string, number>,
): void {
  for (const { role, name, resourceVersion } of view?.sources ?? []) {
    if (resourceVersion === undefined) continue;
    const key = `stay ${stay} of ${id}: ${role} ${name}`;
    const highest = seen.get(key) ?? 0;
    const version = Number(resourceVersion);
    assert.ok(version >= highest, `${key}: version ${version} came after ${highest}`);
    seen.set(key, version);
  }
}

/** What is refused is refused for good reason: its form, or a signature that this trial broke. */
export function refusalsAreJustified({ view, model, id }: Scene): void {
  for (const source of view?.sources ?? []) {
    if (source.presence !== 'present' || source.refusal === undefined) continue;
    const marked = model.versionOf(source, source.resourceVersion);
    assert.ok(marked, `${id} speaks of a version that was never stored`);
    const isDistrusted = marked.shape.isTampered && model.onTampered === 'absent';
    const mayMisfit = source.role.startsWith('authored') && marked.shape.form !== 'flat';
    assert.ok(isDistrusted || mayMisfit, `${id} refuses ${marked.object.id}: ${source.refusal}`);
  }
}

/** A call that took too long is a failure that passes: nobody gave it up. */
export function nobodyIsToldOfAborts({ id, view }: Scene): void {
  if (view?.state === 'leaving') return;
  const aborted = view?.sources.find(({ error }) => error?.includes('aborted'));
  assert.equal(aborted, undefined, `${id}: ${aborted?.error}`);
}

/** As long as an entry is the same, so are its answers: nothing shared is let go of too early. */
export function entriesKeepTheirAnswers({ id, entry, model }: Scene, made: MadeEntries): void {
  if (!entry) return;
  const allowed = answersOf(entry, model);
  const last = made.get(id);
  if (last?.entry === entry) assert.equal(allowed, last.allowed, `${id} answers otherwise`);
  else made.set(id, { entry, allowed });
}

/** The entry that a container had last, and which marks it allowed when it was new. */
export type MadeEntries = Map<
  Id,
  { readonly entry: ContainerProfileEntry; readonly allowed: string }
>;

function answersOf({ profile }: ContainerProfileEntry, model: TrialModel): string {
  const allowed: string[] = [];
  for (const { marks } of model.versions.values()) {
    for (const { exec, address } of marks) {
      if (exec !== undefined && profile.wasExecuted(exec)) allowed.push(exec);
      if (address !== undefined && profile.wasAddressIn('egress', address)) allowed.push(address);
    }
  }
  return allowed.join(' ');
}

/** Reported changes form a chain without gaps, and end where the container is. */
export function changesFormAChain(
  { id, view }: Pick<Scene, 'id' | 'view'>,
  changes: readonly CacheChange[],
): void {
  let state: string | undefined;
  for (const { containerId, from, to } of changes) {
    if (containerId !== id) continue;
    assert.equal(from, state, `${id} went from ${from}, and was ${state}`);
    state = to;
  }
  assert.equal(state, view?.state, `the last report of ${id} is not where it is`);
}

/** A container that has no profile never goes because the known pods lag. */
export function absenceTakesOnlyCached(changes: readonly CacheChange[]): void {
  const taken = changes.find(
    ({ reason, from }) => reason === 'absent-from-pod' && from !== 'cached',
  );
  assert.equal(taken, undefined, `${taken?.containerId} left while ${taken?.from}`);
}

/** One call for an object, one list and one watch of a kind in a namespace, at a time. */
export function callsAreSingle({ store }: CacheWorld): void {
  assert.ok(store.tallies.get.most <= 1, 'two calls for one object at a time');
  assert.ok(store.tallies.list.most <= 1, 'two lists of one kind and namespace at a time');
  assert.ok(store.tallies.watch.most <= 1, 'two watches of one kind and namespace at a time');
}

/** Time in which the cache works, on a {@link BusyClock}: by so much it may be ahead of the timers. */
const WORK_MS = 5_000;

/** A store that asked to be left alone for a while is not asked before. */
export function restIsGranted({ clock, store }: CacheWorld): void {
  const { fromMs, untilMs } = store.rest;
  const nowMs = clock.monotonic();
  const leftMs = nowMs > fromMs ? untilMs - nowMs : 0;
  assert.ok(leftMs <= WORK_MS, `the store was asked ${leftMs} ms before its rest was over`);
}

/** A broken signature is told once for each version, container and stay; `told` remembers. */
export function tamperingIsToldOnce(
  { containerId, origin }: TamperedProfile,
  model: TrialModel,
  told: Set<string>,
): void {
  const known = [...model.containers].find(([id]) => id === containerId)?.[1];
  const { role, kind, namespace, name, resourceVersion } = origin;
  // Another label makes other sources of the same objects; what was denied is found again.
  const isNew = known?.wasRelabelled || model.denied.has(`${kind} ${namespace}/${name}`);
  if (!known || isNew) return;
  const key = `stay ${known.stay} of ${containerId}: ${role} ${name}@${resourceVersion}`;
  assert.ok(!told.has(key), `told twice: ${key}`);
  told.add(key);
}

/** Nothing is asked about namespaces without containers, nor for objects that none of them needs. */
export function callsAreNeeded(
  { verb, kind, namespace, name }: StoreCall,
  model: TrialModel,
  { clock }: CacheWorld,
): void {
  const asking = [...model.containers].filter(
    ([, { isThere, removedAtMs }]) => isThere || clock.monotonic() - removedAtMs < GRACE_MS,
  );
  const isNeeded = asking.some(
    ([id]) =>
      namespaceOf(id) === namespace &&
      (name === undefined ||
        sourcesOf(id, true).some(({ object }) => object.kind === kind && object.name === name)),
  );
  assert.ok(isNeeded, `needless ${verb} of ${kind} ${namespace}/${name ?? ''}`);
}
