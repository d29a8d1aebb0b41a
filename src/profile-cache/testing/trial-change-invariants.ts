import assert from 'node:assert/strict';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { SourceView } from '../profile-source.ts';
import type { Mark, MarkedVersion } from './marked-object.ts';
import { GRACE_MS, type Scene } from './trial-invariants.ts';
import type { KnownContainer, TrialModel } from './trial-model.ts';
import { isHeldFor } from './trial-needs.ts';
import { type Expected, expectedOf, isFor, isNothing, type Used, usedIn } from './trial-oracle.ts';

/** At a change: who is removed is there until its grace is over. */
export function graceIsKept({ id, known, view, before, world }: Scene): void {
  const isOver = world.clock.monotonic() - known.removedAtMs >= GRACE_MS;
  if (known.isThere || known.mayHaveLeft || before === undefined || isOver) return;
  if (world.isStopped) return;
  assert.ok(view, `${id} went before its grace was over`);
}

/** At a change: what a profile was made of goes only by deletion, its denial, distrust, the label or precedence. */
export function sourcesVanishForAReason(scene: Scene, last: UsedSources): void {
  const { id, view, known, model } = scene;
  const key = `stay ${known.stay} of ${id}`;
  const expected = expectedIn(view?.sources ?? [], known, model);
  const uses = view?.state === 'cached' ? certainPartsOf(expected) : [];
  const lost = (last.get(key) ?? []).filter(({ role }) => !uses.some((use) => use.role === role));
  const isStaying = view !== undefined && view.state !== 'leaving';
  for (const use of isStaying && !known.wasRelabelled ? lost : []) {
    const { object, version } = use.marked;
    const isGone = wentAway(use, model);
    const source = view?.sources.find(({ role }) => role === use.role);
    const isReplaced = source?.refusal !== undefined || isOutranked(use, expected);
    assert.ok(
      isGone || isReplaced,
      `${id} lost ${object.id}@${version} (${use.role}) without a reason`,
    );
  }
  last.set(key, uses);
}

function certainPartsOf({ base, countsBase, overlays }: Expected): readonly Used[] {
  return [...(base && countsBase === 'yes' ? [base] : []), ...overlays];
}

/** What the last profile of each stay was made of. */
export type UsedSources = Map<string, readonly Used[]>;

function wentAway({ marked: { object, version } }: Used, model: TrialModel): boolean {
  const isDeleted = (model.deletedUpTo.get(object.id) ?? 0) >= version;
  const isDistrusted = [...model.versions.values()].some(
    (other) => other.object === object && other.shape.isTampered && other.version >= version,
  );
  return isDeleted || isDistrusted || model.denied.has(object.id);
}

/** A document written by a person takes the place of others; a partial profile may cease to count. */
function isOutranked({ role }: Used, { base, countsBase }: Expected): boolean {
  if (role === 'learned' && countsBase !== 'yes') return true;
  return base?.role.startsWith('authored') === true && !role.startsWith('managed');
}

function partsOf({ base, countsBase, overlays }: Expected): readonly Used[] {
  return [...(base && countsBase !== 'no' ? [base] : []), ...overlays];
}

/** At a change: no version that the verifier distrusts goes into a profile. */
export function tamperedIsNeverUsed({ view, model, known, id }: Scene): void {
  if (view?.state !== 'cached') return;
  for (const { marked } of partsOf(expectedIn(view.sources, known, model))) {
    const { object, shape, version } = marked;
    assert.ok(!shape.isTampered, `${id} trusts ${object.id}@${version}`);
  }
}

/** At a change: cached by something, and back to pending only when nothing is left. */
export function stateFollowsFromSources({ view, before, known, model, id }: Scene): void {
  if (view?.state !== 'cached' && view?.state !== 'pending') return;
  const expected = expectedIn(view.sources, known, model);
  if (view.state === 'cached') {
    assert.ok(!isNothing(expected, 'yes'), `${id} is cached out of nothing`);
  } else if (before?.state === 'cached') {
    assert.ok(isNothing(expected, 'no'), `${id} is pending, and what it had is there`);
  }
}

/** At a change: rules judge by what is finished, and by nothing that only looks as if it were. */
export function enforcementFollowsFromStatus({ view, entry, known, model, id }: Scene): void {
  if (view?.state !== 'cached' || !entry) return;
  const { base, countsBase } = expectedIn(view.sources, known, model);
  const isUnknown = view.sources.some(
    ({ role, presence }) => role === 'learned' && presence === 'unknown',
  );
  assert.equal(view.isEnforced, entry.isEnforced);
  if (base === undefined || countsBase === 'no') {
    assert.equal(entry.isEnforced, !isUnknown, `${id}: enforced on an empty base`);
    return;
  }
  if (countsBase === 'maybe') return;
  const isLearned = base.role === 'learned';
  const { status, completion } = base.marked.shape;
  const state = isLearned ? { status, completion } : FINAL;
  assert.deepEqual({ status: view.status, completion: view.completion }, state);
  assert.equal(entry.isEnforced, state.status === 'completed', `${id}: ${state.status}`);
}

const FINAL = { status: 'completed', completion: 'complete' };

/** At a change: the answers, and where they come from, are those of the versions that the view names. */
export function answersAreThoseOfTheSources({ id, view, entry, known, model, world }: Scene): void {
  if (view?.state !== 'cached' || !entry) return;
  const expected = expectedIn(view.sources, known, model);
  for (const marked of model.versions.values()) {
    const use = useOf(marked, expected);
    for (const mark of marked.marks) {
      if (use === 'maybe') continue;
      const isExpected = use !== undefined && isFor(id, mark);
      compare({ id, entry, world }, { marked, mark, used: isExpected ? use : undefined });
    }
  }
}

interface Asked {
  readonly marked: MarkedVersion;
  readonly mark: Mark;
  /** Undefined: it is not to be in the profile. */
  readonly used: Used | undefined;
}

function compare(
  { id, entry, world }: Pick<Scene, 'id' | 'world'> & { readonly entry: ContainerProfileEntry },
  { marked, mark: { exec, address }, used }: Asked,
): void {
  const { profile } = entry;
  const what = `${id} and ${marked.object.id}@${marked.version}`;
  if (exec !== undefined) {
    const isHeld = used !== undefined && isHeldFor(profile.needs, 'execs', exec);
    assert.equal(profile.wasExecuted(exec), isHeld, `${what}: ${exec}`);
    const answer = world.cache.explain(id, { surface: 'execs', path: exec });
    assertOrigin(answer?.allowedBy, isHeld ? used : undefined, `${what}: ${exec}`);
  }
  if (address !== undefined) {
    const isHeld = used !== undefined && isHeldFor(profile.needs, 'egressAddresses', address);
    assert.equal(profile.wasAddressIn('egress', address), isHeld, `${what}: ${address}`);
    const answer = world.cache.explain(id, { surface: 'egress', peer: address });
    assertOrigin(answer?.allowedBy, isHeld ? used : undefined, `${what}: ${address}`);
  }
}

function assertOrigin(
  allowedBy: readonly { readonly origin: unknown }[] | undefined,
  used: Used | undefined,
  what: string,
): void {
  const { marked, role } = used ?? {};
  const { kind, namespace, name } = marked?.object ?? {};
  const origin = { role, kind, namespace, name, resourceVersion: String(marked?.version) };
  const expected = used ? [origin] : [];
  assert.deepEqual(
    allowedBy?.map((entry) => ({ ...(entry.origin as object) })),
    expected,
    what,
  );
}

function useOf(marked: MarkedVersion, { base, countsBase, overlays }: Expected) {
  if (base?.marked === marked) {
    if (countsBase === 'maybe') return 'maybe';
    return countsBase === 'yes' ? base : undefined;
  }
  return overlays.find((overlay) => overlay.marked === marked);
}

function expectedIn(
  sources: readonly SourceView[],
  known: KnownContainer,
  model: TrialModel,
): Expected {
  return expectedOf(usedIn(sources, model), known);
}
