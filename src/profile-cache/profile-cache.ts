import { AgentError } from '#model/agent-error.js';
import type { CallStackTree } from '#model/call-stack-tree.js';
import type { Container } from '#model/container.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import type { ProfileAnswer, ProfileQuestion } from '#model/profile-question.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { ContainerProfileEntry, ProfileState } from '#model/projected-profile.js';
import { EVERYTHING } from '#profile/profile-needs.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { WorkSlices } from '#runtime/work-slices.js';
import { waitForIdentity } from './arrival.ts';
import type { CacheChange } from './cache-change.ts';
import { type CacheEntryView, viewOf, whyMissing } from './cache-entry-view.ts';
import { CacheStatistics } from './cache-statistics.ts';
import { ChangeQueue } from './change-queue.ts';
import type { ContainerLife } from './container-life.ts';
import { CacheCounters } from './counters.ts';
import { FeedSet } from './feed-set.ts';
import { followOutcome } from './learning-outcome.ts';
import { LifeTable } from './life-table.ts';
import { ObjectReader } from './object-reader.ts';
import { DEFAULT_PROFILE_CACHE_OPTIONS, type ProfileCacheOptions } from './options.ts';
import { OverlayCoverage } from './overlay-coverage.ts';
import type { IdentitySource, PodSource, ProfileVerifier, TamperedProfile } from './ports.ts';
import { ProfileDecision } from './profile-decision.ts';
import { isFinalState } from './profile-meta.ts';
import { ProfilePool } from './profile-pool.ts';
import { ProfileRound } from './profile-round.ts';
import { Reconciler } from './reconciler.ts';
import { SourceReading } from './source-reading.ts';
import { StoreCalls } from './store-calls.ts';
import { TaskSet } from './task-set.ts';
import { boundedVerifier } from './verification.ts';

/** What a profile cache is made with. */
export interface ProfileCacheParts {
  readonly store: Pick<ProfileStore, 'get' | 'list' | 'watch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What is absent is taken from the defaults. */
  readonly options?: Partial<ProfileCacheOptions>;
  readonly identities: IdentitySource;
  /** Without it, no container is ever taken out by the status of its pod. */
  readonly pods?: PodSource | undefined;
  /** What rules need of profiles; absent: everything is kept. */
  readonly needs?: ProfileNeeds | undefined;
  /** Asked about every object that a person wrote. Without one, all are trusted. */
  readonly verifier?: ProfileVerifier | undefined;
  /** Hears of every change of state, in order, at once. Must not wait. */
  readonly onChange?: (change: CacheChange) => void;
  /** Hears once, for each container and version, of an object that is not trusted. Must not wait. */
  readonly onTampered?: (tampered: TamperedProfile) => void;
}

/**
 * The profiles of this node's containers: one entry a running container, kept in line with the
 * store. `docs/profile-cache.md` says which state follows from what.
 *
 * Containers may be added and removed at any time; the store is asked only while {@link run} runs.
 */
export class ProfileCache {
  readonly counters = new CacheCounters();
  readonly #parts: ProfileCacheParts & { readonly options: ProfileCacheOptions };
  readonly #table: LifeTable;
  readonly #feeds: FeedSet;
  readonly #pool: ProfilePool;
  readonly #slices: WorkSlices;
  readonly #round: ProfileRound;
  readonly #reconciler: Reconciler;
  readonly #tasks: TaskSet;
  #phase: 'new' | 'running' | 'ended' = 'new';

  constructor(parts: ProfileCacheParts) {
    const options = { ...DEFAULT_PROFILE_CACHE_OPTIONS, ...parts.options };
    const {
      clock,
      log,
      store,
      needs = EVERYTHING,
      onChange = () => {},
      onTampered = () => {},
    } = parts;
    const { counters } = this;
    this.#parts = { ...parts, options };
    this.#tasks = new TaskSet(log);
    this.#slices = new WorkSlices(clock);
    this.#pool = new ProfilePool({ clock, counters, needs, random: parts.random });
    const calls = new StoreCalls({ clock, counters, budgetMs: options.callBudgetMs });
    const tasks = this.#tasks;
    this.#feeds = new FeedSet({ ...parts, calls, counters, tasks }, (life) => {
      if (this.#phase === 'running') changed.add(life);
    });
    const feeds = this.#feeds;
    this.#table = new LifeTable({
      ...{ clock, log, onChange },
      ...options,
      onEnded: (life) => feeds.unregister(life),
      onReleased: ({ poolKey }) => this.#pool.release(poolKey),
    });
    const coverage = new OverlayCoverage(counters, log);
    const latestChange = () => feeds.latestChange;
    const reader = new ObjectReader({ store, calls, slices: this.#slices, latestChange });
    const reading = new SourceReading({
      ...{ feeds, reader, coverage, counters, log, onTampered },
      verifier: parts.verifier && boundedVerifier(parts.verifier, { clock, ...options }),
      isTamperedAbsent: options.onTampered === 'absent',
    });
    const shared = {
      ...{ ...this.#parts, pods: parts.pods },
      ...{ counters, feeds, calls, coverage, reading, tasks },
      ...{ table: this.#table, pool: this.#pool, slices: this.#slices },
    };
    this.#round = new ProfileRound({ ...shared, decision: new ProfileDecision(shared) });
    const changed = new ChangeQueue({ ...shared, round: this.#round });
    this.#reconciler = new Reconciler({
      ...shared,
      round: this.#round,
      retryIdentity: (life) => this.#startArrival(life),
    });
  }

  /** A container began to run. Does nothing when it is there already; an id that left starts anew. */
  containerAdded(containerId: string): void {
    if (this.#phase === 'ended') return;
    const life = this.#table.open(containerId);
    if (life && this.#phase === 'running') this.#startArrival(life);
  }

  /** A container ended. Its entry stays readable for the grace. */
  containerRemoved(containerId: string): void {
    const life = this.#table.get(containerId);
    if (!life) return;
    if (this.#phase === 'running') this.#table.leave(life, 'removed');
    else this.#table.drop(life, 'removed');
  }

  /** The container's profile, or undefined when there is none to judge it by. One lookup in a map. */
  getContainerProfile(containerId: string): ContainerProfileEntry | undefined {
    const entry = this.#table.entryOf(containerId);
    if (entry === undefined) this.counters.misses += 1;
    else this.counters.hits += 1;
    return entry;
  }

  /**
   * Keeps the profile that the container has now answering after another has taken its place, until what
   * this gives back is called. Undefined without a profile.
   */
  hold(containerId: string): (() => void) | undefined {
    const built = this.#table.get(containerId)?.built;
    return built && this.#pool.hold(built.poolKey);
  }

  /** What is known about the container's profile. Without a profile, `error` says why. */
  getContainerProfileState(containerId: string): ProfileState {
    const life = this.#table.get(containerId);
    if (!life) return { name: '', error: `container ${containerId} is not in the profile cache` };
    const name = life.container?.profileName ?? '';
    return life.built?.entry.state ?? { name, error: whyMissing(life) };
  }

  /** The call stacks that the container's profile holds, or undefined without a profile. */
  getCallStackTree(containerId: string): CallStackTree | undefined {
    return this.#table.entryOf(containerId)?.profile.callStacks;
  }

  /** Which entry of which source allows something, or what comes nearest. Undefined without a profile. */
  explain(containerId: string, question: ProfileQuestion): ProfileAnswer | undefined {
    return this.#table.entryOf(containerId)?.profile.explain(question);
  }

  /** Every container in the cache, in the order of adding. */
  list(): readonly CacheEntryView[] {
    return [...this.#table.lives()].map((life) => this.#view(life));
  }

  /** One container in the cache. */
  container(containerId: string): CacheEntryView | undefined {
    const life = this.#table.get(containerId);
    return life && this.#view(life);
  }

  /** True when the pod has containers here and the profile of each is completed and complete. */
  hasFinalProfile(pod: { readonly namespace: string; readonly name: string }): boolean {
    const own = [...this.#table.lives()].filter(
      ({ container, state }) =>
        state !== 'leaving' &&
        container?.pod?.namespace === pod.namespace &&
        container.pod.name === pod.name,
    );
    return own.length > 0 && own.every(({ built }) => built && isFinalState(built.entry.state));
  }

  /** Compares everything with the store at once, instead of at the next tick. */
  nudge(): void {
    this.#reconciler.wake();
  }

  /** Rules need something else now: every profile is read and compiled anew. Until then the old one stays. */
  needsChanged(needs: ProfileNeeds): void {
    if (this.#pool.take(needs)) this.#reconciler.refresh();
  }

  /**
   * Learning of this container has ended, however. Its outcome is looked for until it is there, and
   * counts even if it is partial.
   */
  learningEnded(containerId: string): void {
    const life = this.#table.get(containerId);
    if (!life || life.isFollowed || this.#phase === 'ended') return;
    life.isFollowed = true;
    if (this.#phase === 'running') this.#startFollowing(life);
  }

  /** What it holds and counts, for the metrics. */
  get statistics(): CacheStatistics {
    return new CacheStatistics({
      ...{ table: this.#table, feeds: this.#feeds, pool: this.#pool },
      ...{ counters: this.counters, clock: this.#parts.clock },
    });
  }

  /**
   * Keeps the cache in line with the store until `signal` aborts, then settles with no timer and no
   * call left behind. Entries stay readable. Runs once; rejects with `internal` the second time.
   */
  async run({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    if (this.#phase !== 'new') throw new AgentError('internal', 'the profile cache ran already');
    this.#phase = 'running';
    for (const life of this.#table.lives()) {
      this.#startArrival(life);
      if (life.isFollowed) this.#startFollowing(life);
    }
    await this.#reconciler.run(signal);
    this.#phase = 'ended';
    for (const life of [...this.#table.lives()]) {
      if (life.state === 'leaving') {
        this.#table.drop(life, 'stopped');
        continue;
      }
      life.stop();
      this.#feeds.unregister(life);
    }
    this.#slices.end();
    await this.#tasks.ended();
    this.#slices.end();
  }

  #view(life: ContainerLife): CacheEntryView {
    const held = life.built && this.#pool.about(life.built.poolKey);
    return viewOf(life, held, this.#reconciler.nextTickMs);
  }

  #startArrival(life: ContainerLife): void {
    this.#tasks.start('container arrival', () => this.#arrive(life));
  }

  async #arrive(life: ContainerLife): Promise<void> {
    const { clock, random, options, identities, log } = this.#parts;
    const { containerId } = life;
    const timeoutMs = life.reason === 'identity-timeout' ? 0 : options.identityTimeoutMs;
    const container = await waitForIdentity(life, identities, { clock, random, timeoutMs });
    life.nextTryMs = undefined;
    if (life.signal.aborted) return;
    if (!container) {
      if (timeoutMs > 0) log.warn('container is not identified', { containerId, timeoutMs });
      this.#table.wait(life, 'identity-timeout');
      return;
    }
    if (container.kind === 'sandbox' || this.#isIgnored(container)) {
      this.#table.drop(life, 'ignored');
      return;
    }
    life.identified(container);
    this.#feeds.register(life);
    this.#table.wait(life, 'reading-sources');
    await this.#round.run(life);
  }

  /** A filter that fails ignores nobody. */
  #isIgnored(container: Container): boolean {
    const { options, log } = this.#parts;
    try {
      return options.isIgnored?.(container) ?? false;
    } catch (reason) {
      const { id: containerId } = container;
      log.error('container cannot be filtered', { containerId, ...errorFields(reason) });
      return false;
    }
  }

  #startFollowing(life: ContainerLife): void {
    const { clock, random } = this.#parts;
    const table = this.#table;
    this.#tasks.start('learning outcome', () =>
      followOutcome(life, { clock, random, table, round: this.#round }),
    );
  }
}
