import { AgentError } from '#model/agent-error.js';
import type { ProfileStatus } from '#model/annotations.js';
import type { Container } from '#model/container.js';
import type { ProfileKind } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { ContainerProfileEntry, ProjectedProfile } from '#model/projected-profile.js';
import { projectProfile } from '#profile/projection.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { isGrouped } from './authored-profile.ts';
import { compose, type Recipe, recipeOf, stateOf } from './composition.ts';
import type { BuiltProfile, ContainerLife } from './container-life.ts';
import type { CacheCounters } from './counters.ts';
import type { LifeTable } from './life-table.ts';
import type { ProfileCacheOptions } from './options.ts';
import type { OverlayCoverage } from './overlay-coverage.ts';
import type { IdentitySource, PodSource } from './ports.ts';
import { learningPeriodOf } from './profile-meta.ts';
import type { ProfileSource } from './profile-source.ts';
import type { SourceSet } from './source-set.ts';

/** What a round works with. */
export interface RoundParts {
  readonly store: Pick<ProfileStore, 'get'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly options: ProfileCacheOptions;
  readonly identities: IdentitySource;
  readonly pods: PodSource | undefined;
  readonly table: LifeTable;
  readonly counters: CacheCounters;
  readonly coverage: OverlayCoverage;
}

const LEARNING: ReadonlySet<ProfileStatus | undefined> = new Set([
  'initializing',
  'ready',
] as const);
const JUDGED_BY: ReadonlySet<ProfileStatus | undefined> = new Set([
  'completed',
  'too-large',
] as const);

/**
 * Brings one container up to date: asks the store for all of its sources at once, each within the
 * budget, and then decides by everything known. Adding, retrying and refreshing are all this.
 */
export class ProfileRound {
  readonly #parts: RoundParts;

  constructor(parts: RoundParts) {
    this.#parts = parts;
  }

  /** Starts a round, or joins the one under way. Never rejects; settles within the budget. */
  run(life: ContainerLife): Promise<void> {
    life.round ??= this.#round(life)
      .catch((reason: unknown) => this.#refuse(life, reason))
      .finally(() => {
        life.round = undefined;
      });
    return life.round;
  }

  /** Starts a round that sees everything stored before this call. */
  async runAfresh(life: ContainerLife): Promise<void> {
    await life.round;
    await this.run(life);
  }

  async #round(life: ContainerLife): Promise<void> {
    const { clock, identities } = this.#parts;
    const identity = identities.identityOf(life.containerId);
    if (identity && life.container) life.identified(identity);
    const { container, sources } = life;
    if (!container || !sources) return;
    const answers = await Promise.all(sources.all.map((source) => this.#ask(source, life.signal)));
    // It was removed while the calls were under way, or all ends: the dead are not resurrected.
    if (life.signal.aborted) return;
    for (const take of answers) take();
    life.lastRoundMs = clock.now();
    const { learned } = sources;
    if (learned.error === undefined) life.learning.saw(learned.version);
    this.#settle(life, container, sources);
  }

  /** Asks for one object. What comes back puts the answer into the source. */
  async #ask<K extends ProfileKind>(
    source: ProfileSource<K>,
    signal: AbortSignal,
  ): Promise<() => void> {
    const { store, clock, log, options } = this.#parts;
    const { kind, key } = source;
    const what = `reading ${kind} ${key.namespace}/${key.name}`;
    try {
      const object = await withBudget(
        { clock, budgetMs: options.callBudgetMs, signal, what },
        (inner) => store.get(kind, key, { signal: inner }),
      );
      return () => source.answered(object);
    } catch (reason) {
      const error = AgentError.from(reason, 'unavailable');
      if (error.code === 'not-found') return () => source.answered(undefined);
      if (error.code !== 'aborted')
        log.debug('source cannot be read', { what, ...errorFields(error) });
      return () => source.failed(error.message);
    }
  }

  #settle(life: ContainerLife, container: Container, sources: SourceSet): void {
    const { table, counters } = this.#parts;
    const recipe = recipeOf(sources, this.#countsPartial(life, container));
    if (typeof recipe === 'string') {
      sources.dropBodies();
      const wasCached = life.state === 'cached';
      if (wasCached && recipe === 'no-profile') counters.evictions.profile_deleted += 1;
      const isDeleted = wasCached || life.reason === 'profile-deleted';
      table.pend(life, isDeleted && recipe === 'no-profile' ? 'profile-deleted' : recipe);
      return;
    }
    if (life.built?.fingerprint !== recipe.fingerprint) this.#rebuild(life, container, recipe);
    // Alone, a source is read again before it is needed. With others it may have to stand in for a call that fails.
    if (recipe.overlays.length === 0) sources.dropBodies();
  }

  #rebuild(life: ContainerLife, container: Container, recipe: Recipe): void {
    const { table, coverage } = this.#parts;
    const built = this.#build(recipe, container);
    if (built === undefined) {
      if (life.built === undefined) table.pend(life, 'store-failed');
      return;
    }
    for (const overlay of recipe.overlays) coverage.note(overlay, this.#podContainers(container));
    table.cache(life, built);
  }

  #build(recipe: Recipe, container: Container): BuiltProfile | undefined {
    const { table, options } = this.#parts;
    const composed = compose(recipe, container);
    if (composed === undefined) return undefined;
    const { base, overlays, fingerprint } = recipe;
    const isAlone = overlays.length === 0 && base?.body && !isGrouped(base.body.spec);
    const sharedKey = isAlone ? base?.sharedKey : undefined;
    const profile: ProjectedProfile =
      table.sharedProjection(sharedKey) ?? projectProfile(composed.spec);
    const state = stateOf(recipe, container);
    const isLearning = LEARNING.has(state.status) && options.enforceWhileLearning;
    const isEnforced = !recipe.isProvisional && (JUDGED_BY.has(state.status) || isLearning);
    const entry: ContainerProfileEntry = { profile, state, isEnforced };
    return { entry, fingerprint, sharedKey };
  }

  /** A stored object that cannot be understood changes nothing for a container that has a profile. */
  #refuse(life: ContainerLife, reason: unknown): void {
    const { log, table } = this.#parts;
    const { containerId } = life;
    const refusal = String(reason);
    if (life.refusal !== refusal) {
      log.warn('profile cannot be understood', { containerId, ...errorFields(reason) });
    }
    life.refusal = refusal;
    if (life.built === undefined) table.pend(life, 'invalid-profile');
  }

  #countsPartial({ learning, sources }: ContainerLife, container: Container): boolean {
    if (container.preExisting || !sources) return true;
    const { version, meta } = sources.learned;
    return learning.owns(version, this.#parts.clock.monotonic(), meta && learningPeriodOf(meta));
  }

  #podContainers({ pod, name }: Container): readonly string[] {
    const status = pod && this.#parts.pods?.podOf(pod.namespace, pod.name);
    return [...new Set([name, ...(status?.containerStatuses ?? []).map((own) => own.name)])];
  }
}
