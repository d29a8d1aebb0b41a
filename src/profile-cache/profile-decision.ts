import { AgentError } from '#model/agent-error.js';
import type { ProfileStatus } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { type NoRecipe, type Recipe, recipeOf, stateOf } from './composition.ts';
import type { ContainerLife } from './container-life.ts';
import type { CacheCounters } from './counters.ts';
import { type Bodies, type Parts, partsOf } from './layers.ts';
import type { LifeTable } from './life-table.ts';
import type { ProfileCacheOptions } from './options.ts';
import type { OverlayCoverage } from './overlay-coverage.ts';
import type { PodSource } from './ports.ts';
import { learningPeriodOf } from './profile-meta.ts';
import type { ProfilePool } from './profile-pool.ts';
import type { AnySource } from './source-set.ts';

/** What deciding works with. */
export interface DecisionParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: ProfileCacheOptions;
  readonly pods: PodSource | undefined;
  readonly table: LifeTable;
  readonly counters: CacheCounters;
  readonly coverage: OverlayCoverage;
  readonly pool: ProfilePool;
}

const LEARNING: ReadonlySet<ProfileStatus | undefined> = new Set([
  'initializing',
  'ready',
] as const);
const JUDGED_BY: ReadonlySet<ProfileStatus | undefined> = new Set([
  'completed',
  'too-large',
] as const);

/** What a profile is built from. */
interface Build {
  readonly recipe: Recipe;
  readonly parts: Parts;
  readonly fingerprint: string;
  readonly bodies: Bodies;
}

/**
 * Decides, by what is known of a container's sources right now, whether it has a profile and which:
 * the only place where an entry is made or taken away for what the store holds.
 */
export class ProfileDecision {
  readonly #parts: DecisionParts;

  constructor(parts: DecisionParts) {
    this.#parts = parts;
  }

  /** Decides by everything known. Gives the sources whose objects it would need for that, if any. */
  settle(life: ContainerLife, bodies: Bodies): readonly AnySource[] {
    const { container, sources } = life;
    if (!container || !sources) return [];
    const { pool } = this.#parts;
    const recipe = recipeOf(sources, this.#countsPartial(life, container));
    if (typeof recipe === 'string') {
      this.#pend(life, recipe);
      return [];
    }
    const fingerprint = `${pool.needsNumber} ${recipe.fingerprint}`;
    if (life.built?.fingerprint === fingerprint || life.refused === fingerprint) return [];
    const parts = partsOf(recipe, container);
    const lacking = new Set(pool.lacking(parts).flatMap((part) => part.sources));
    const atHand = new Map(bodies);
    for (const source of lacking) {
      if (!atHand.get(source) && source.kept) atHand.set(source, source.kept);
    }
    const missing = [...lacking].filter((source) => atHand.get(source) === undefined);
    if (missing.length === 0) {
      this.#build(life, container, { recipe, parts, fingerprint, bodies: atHand });
    }
    return this.#withinReach(life, missing, bodies);
  }

  /**
   * A source whose usable version is not to be had any more holds up nothing: an overlay is done
   * without, and for want of a base the profile stays as it was.
   */
  #withinReach(
    life: ContainerLife,
    missing: readonly AnySource[],
    bodies: Bodies,
  ): readonly AnySource[] {
    const gone = missing.filter(({ isOutOfReach }) => isOutOfReach);
    const overlays = gone.filter(({ kind }) => kind !== 'ContainerProfile');
    if (overlays.length > 0) {
      for (const overlay of overlays) overlay.giveUp();
      return this.settle(life, bodies);
    }
    return gone.length > 0 ? [] : missing;
  }

  #pend(life: ContainerLife, reason: NoRecipe): void {
    const { table, counters } = this.#parts;
    const wasCached = life.state === 'cached';
    if (wasCached && reason === 'no-profile') counters.evictions.profile_deleted += 1;
    const isDeleted = wasCached || life.reason === 'profile-deleted';
    table.pend(life, isDeleted && reason === 'no-profile' ? 'profile-deleted' : reason);
  }

  #build(life: ContainerLife, container: Container, build: Build): void {
    const { recipe, fingerprint } = build;
    const { table, options, coverage } = this.#parts;
    const names = this.#podContainers(container);
    const pooled = this.#acquire(life, build);
    if (pooled === undefined) return;
    const state = stateOf(recipe, container);
    const isLearning = LEARNING.has(state.status) && options.enforceWhileLearning;
    const isEnforced = !recipe.isProvisional && (JUDGED_BY.has(state.status) || isLearning);
    recipe.base?.used();
    for (const overlay of recipe.overlays) {
      overlay.used();
      coverage.merged(overlay, names);
    }
    life.refusal = undefined;
    life.refused = undefined;
    // Replicas come to the same: one for all of them.
    if (pooled.built?.fingerprint !== fingerprint || pooled.built.entry.state.name !== state.name) {
      const entry: ContainerProfileEntry = { profile: pooled.profile, state, isEnforced };
      pooled.built = { entry, fingerprint, poolKey: pooled.key };
    }
    table.cache(life, pooled.built);
  }

  #acquire(life: ContainerLife, { parts, bodies, fingerprint }: Build) {
    try {
      return this.#parts.pool.acquire(parts, bodies);
    } catch (reason) {
      // The same objects would fail again: it waits for another version of one of them.
      life.refused = fingerprint;
      this.refuse(life, reason);
      return undefined;
    }
  }

  /** A stored object that cannot be understood changes nothing for a container that has a profile. */
  refuse(life: ContainerLife, reason: unknown): void {
    const { log, table } = this.#parts;
    const { containerId } = life;
    const refusal = AgentError.from(reason).message;
    if (life.refusal !== refusal) {
      log.warn('profile cannot be understood', { containerId, ...errorFields(reason) });
    }
    life.refusal = refusal;
    if (life.built === undefined && table.isOpen(life)) table.pend(life, 'invalid-profile');
  }

  #countsPartial({ learning, sources }: ContainerLife, container: Container): boolean {
    if (container.preExisting || !sources) return true;
    const { version, meta } = sources.learned;
    return learning.owns(version, this.#parts.clock.monotonic(), meta && learningPeriodOf(meta));
  }

  /** All of the pod, as far as known: a source of pods that fails must not cost a profile. */
  #podContainers({ pod, name }: Container): readonly string[] {
    const status = pod && this.#podOf(pod);
    return [...new Set([name, ...(status?.containerStatuses ?? []).map((own) => own.name)])];
  }

  #podOf({ namespace, name }: { readonly namespace: string; readonly name: string }) {
    try {
      return this.#parts.pods?.podOf(namespace, name);
    } catch {
      // Eviction asks about the same pod at every tick, and tells.
      return undefined;
    }
  }
}
