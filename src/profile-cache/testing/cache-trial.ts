import assert from 'node:assert/strict';
import type { ObjectMeta } from '#model/profile.js';
import { seededRandom } from '#runtime/random.js';
import type { CacheChange } from '../cache-change.ts';
import type { CacheEntryView } from '../cache-entry-view.ts';
import { CacheWorld } from './cache-world.ts';
import { countCalls } from './call-counts.ts';
import { TrialActs } from './trial-acts.ts';
import { IDS, type Id } from './trial-cast.ts';
import * as change from './trial-change-invariants.ts';
import * as always from './trial-invariants.ts';
import { TrialModel } from './trial-model.ts';
import { errandFor } from './trial-promptness.ts';
import * as rest from './trial-rest.ts';
import type { Setting, Step } from './trial-steps.ts';
import { watchfulLog } from './watchful-log.ts';

/** A look at the cache at least so often while time passes. */
const LOOK_MS = 2_500;
const LOOK_AT_REST_MS = 15_000;
/**
 * A watch that went silent is noticed after 90 s, at the next tick; then come a list that may have to
 * wait for a rest that the store asked for, and the calls.
 */
const HEALING_MS = 210_000;
/** What the store wrongly denied is looked for again at the next list, which comes after 10 minutes. */
const DENIAL_HEALING_MS = 690_000;
const QUIET_MS = 60_000;

/** Drives a cache through steps, and holds it to its promises after each and at each change. */
export class CacheTrial {
  readonly world: CacheWorld;
  readonly #setting: Setting;
  readonly #model: TrialModel;
  readonly #acts: TrialActs;
  readonly #before = new Map<Id, { readonly stay: number; readonly view: CacheEntryView }>();
  readonly #seenVersions = new Map<string, number>();
  readonly #made: always.MadeEntries = new Map();
  readonly #used: change.UsedSources = new Map();
  readonly #told = new Set<string>();
  #toldUpTo = 0;
  readonly #violations: unknown[] = [];

  constructor(setting: Setting) {
    this.#setting = setting;
    const { preExisting, labelled, onTampered, mode, seed } = setting;
    this.#model = new TrialModel(
      (id) => ({ isPreExisting: preExisting.includes(id), isLabelled: labelled.includes(id) }),
      onTampered,
    );
    this.world = new CacheWorld(
      { removalGraceMs: always.GRACE_MS, onTampered },
      {
        random: seededRandom(seed),
        lookMs: setting.lookMs,
        log: watchfulLog((violation) => this.#violations.push(violation)),
        verifier: { verify: (_kind, { metadata }) => Promise.resolve(this.#distrust(metadata)) },
      },
    );
    this.world.store.mode = mode;
    this.world.store.onCall = (call) =>
      this.#attempt(() => {
        always.callsAreNeeded(call, this.#model, this.world);
        always.restIsGranted(this.world);
      });
    this.world.onChange = (change) => this.#attempt(() => this.#changeIsRight(change));
    this.#acts = new TrialActs(this.world, this.#model);
    for (const id of IDS) {
      if (!setting.late.some((late) => late === id)) this.#acts.take({ do: 'identify', id });
    }
    this.world.start();
  }

  /** Runs all of it, from the first step to the end of the cache. */
  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.take(each);
    if (!this.#setting.isStoppedAtOnce) {
      await this.#comeToRest();
      await this.#empty();
    }
    await this.#stop();
  }

  async take(each: Step): Promise<void> {
    if (each.do === 'pass') {
      await this.#pass(each.ms);
      return;
    }
    const [first, ...others] = each.do === 'burst' ? each.of : [each];
    // Timers of one moment fire in the order of setting: before those of the work for the first act.
    for (const other of others) this.world.clock.schedule(0, () => this.#acts.take(other));
    if (first) this.#acts.take(first);
    await this.#pass(0);
  }

  async #pass(ms: number, lookMs = LOOK_MS): Promise<void> {
    for (let left = ms; left >= 0; left -= lookMs) {
      await this.world.clock.advance(Math.min(left, lookMs));
      this.#look();
      if (left === 0) return;
    }
  }

  #distrust({ resourceVersion }: ObjectMeta): string | undefined {
    const marked = this.#model.versions.get(Number(resourceVersion));
    return marked?.shape.isTampered ? 'its signature is broken' : undefined;
  }

  /** Every promise that holds at every moment. */
  #look(): void {
    const views = this.world.cache.list();
    for (const id of IDS) {
      const scene = this.#scene(
        id,
        views.find(({ containerId }) => containerId === id),
      );
      always.presenceIsTrue(scene);
      always.lookupAgreesWithView(scene);
      always.versionsNeverGoBack(scene, this.#seenVersions);
      always.refusalsAreJustified(scene);
      always.nobodyIsToldOfAborts(scene);
      always.entriesKeepTheirAnswers(scene, this.#made);
      always.changesFormAChain(scene, this.world.changes);
      this.#remember(scene);
    }
    for (const each of this.world.tampered.slice(this.#toldUpTo)) {
      always.tamperingIsToldOnce(each, this.#model, this.#told);
    }
    this.#toldUpTo = this.world.tampered.length;
    always.absenceTakesOnlyCached(this.world.changes);
    always.callsAreSingle(this.world);
    if (this.#violations.length > 0) throw this.#violations[0];
  }

  /** Every promise that holds at a change; afterwards the view may know more than the profile holds. */
  #changeIsRight({ containerId }: CacheChange): void {
    const id = IDS.find((each) => each === containerId);
    if (id === undefined) return;
    const scene = this.#scene(id, this.world.cache.container(id));
    change.graceIsKept(scene);
    change.stateFollowsFromSources(scene);
    change.sourcesVanishForAReason(scene, this.#used);
    change.tamperedIsNeverUsed(scene);
    change.enforcementFollowsFromStatus(scene);
    change.answersAreThoseOfTheSources(scene);
    always.entriesKeepTheirAnswers(scene, this.#made);
    this.#remember(scene);
  }

  #remember({ id, view, known: { stay } }: always.Scene): void {
    if (view) this.#before.set(id, { stay, view });
    else this.#before.delete(id);
  }

  #scene(id: Id, view: CacheEntryView | undefined): always.Scene {
    const known = this.#model.container(id);
    const before = this.#before.get(id);
    return {
      id,
      view,
      known,
      entry: this.world.cache.getContainerProfile(id),
      before: before?.stay === known.stay ? before.view : undefined,
      world: this.world,
      model: this.#model,
    };
  }

  #attempt(check: () => void): void {
    try {
      check();
    } catch (reason) {
      this.#violations.push(reason);
    }
  }

  async #comeToRest(): Promise<void> {
    const { store, cache } = this.world;
    store.behaveWell();
    while (store.heldCount > 0) store.release();
    this.#acts.take({ do: 'watches', act: 'hurry', feed: undefined });
    for (const id of IDS) {
      this.#acts.take({ do: 'publish', id, says: 'unknown' });
      this.#acts.take({ do: 'identify', id });
    }
    const wasDenied = this.#model.denied.size > 0;
    await this.#pass(wasDenied ? DENIAL_HEALING_MS : HEALING_MS, LOOK_AT_REST_MS);
    const before = countCalls(this.world.store);
    await this.#pass(QUIET_MS, LOOK_AT_REST_MS);
    rest.quietCostsNoReads(this.world, before, this.#model);
    const views = cache.list();
    this.#checkRest();
    for (const id of IDS) rest.tamperingIsTold(this.#scene(id, cache.container(id)));
    rest.feedsAreThoseInUse(this.world, views);
    rest.summariesAddUp(this.world, views);
    await this.#runErrand();
  }

  #checkRest(): void {
    for (const id of IDS) {
      rest.restIsWhatIsStored(this.#scene(id, this.world.cache.container(id)));
    }
  }

  async #runErrand(): Promise<void> {
    const { store } = this.world;
    const errand = errandFor(this.#setting.seed, this.#model, this.world);
    if (!errand) return;
    for (const each of errand.before ?? []) await this.take(each);
    const before = countCalls(store);
    for (const each of errand.steps) await this.take(each);
    await this.#pass(errand.withinMs);
    this.#checkRest();
    if (errand.isNoNews) assert.equal(store.calls.length, before.calls, 'read without need');
  }

  async #empty(): Promise<void> {
    for (const id of IDS) await this.take({ do: 'remove', id });
    await this.#pass(always.GRACE_MS + 1);
    rest.nothingIsLeft(this.world);
    // Once more, so that the stop comes in the midst of things.
    for (const id of IDS) this.#acts.take({ do: 'add', id });
  }

  async #stop(): Promise<void> {
    const { world } = this;
    world.stop();
    await world.clock.advance(0);
    rest.nothingGoesOn(world);
    const before = { ...countCalls(world.store), changes: world.changes.length };
    await world.clock.advance(120_000);
    assert.deepEqual({ ...countCalls(world.store), changes: world.changes.length }, before);
  }
}
