import { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { ContainerProfileEntry, ProfileState } from '#model/projected-profile.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import { waitForIdentity } from './arrival.ts';
import type { CacheChange } from './cache-change.ts';
import { type CacheEntryView, viewOf, whyMissing } from './cache-entry-view.ts';
import type { ContainerLife } from './container-life.ts';
import { CacheCounters } from './counters.ts';
import { followOutcome } from './learning-outcome.ts';
import { LifeTable } from './life-table.ts';
import type { CacheCensus } from './metrics.ts';
import { DEFAULT_PROFILE_CACHE_OPTIONS, type ProfileCacheOptions } from './options.ts';
import { OverlayCoverage } from './overlay-coverage.ts';
import type { IdentitySource, PodSource } from './ports.ts';
import { isFinalState } from './profile-meta.ts';
import { ProfileRound } from './profile-round.ts';
import { Reconciler } from './reconciler.ts';
import { TaskSet } from './task-set.ts';

/** What a profile cache is made with. */
export interface ProfileCacheParts {
  readonly store: Pick<ProfileStore, 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** What is absent is taken from the defaults. */
  readonly options?: Partial<ProfileCacheOptions>;
  readonly identities: IdentitySource;
  /** Without it, no container is ever taken out by the status of its pod. */
  readonly pods?: PodSource | undefined;
  /** Hears of every change of state, in order, at once. Must not wait. */
  readonly onChange?: (change: CacheChange) => void;
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
  readonly #round: ProfileRound;
  readonly #reconciler: Reconciler;
  readonly #tasks: TaskSet;
  #phase: 'new' | 'running' | 'ended' = 'new';

  constructor(parts: ProfileCacheParts) {
    const options = { ...DEFAULT_PROFILE_CACHE_OPTIONS, ...parts.options };
    const { pods, onChange = () => {} } = parts;
    const { counters } = this;
    this.#parts = { ...parts, options };
    this.#tasks = new TaskSet(parts.log);
    this.#table = new LifeTable({ ...parts, ...options, onChange });
    const coverage = new OverlayCoverage(counters, parts.log);
    const shared = { ...this.#parts, pods, counters, table: this.#table };
    this.#round = new ProfileRound({ ...shared, coverage });
    this.#reconciler = new Reconciler({
      ...shared,
      round: this.#round,
      tasks: this.#tasks,
      retryIdentity: (life) => this.#retryIdentity(life),
    });
  }

  /** A container began to run. Does nothing when it is there already; an id that left starts anew. */
  containerAdded(containerId: string): void {
    if (this.#phase === 'ended') return;
    const life = this.#table.open(containerId);
    if (life && this.#phase === 'running') this.#startArrival(life);
  }

  /** A container ended. Its entry stays readable for the grace. Does nothing when it is not there. */
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

  /** What is known about the container's profile. Without a profile, `error` says why. */
  getContainerProfileState(containerId: string): ProfileState {
    const life = this.#table.get(containerId);
    if (!life) return { name: '', error: `container ${containerId} is not in the profile cache` };
    const name = life.container?.profileName ?? '';
    return life.built?.entry.state ?? { name, error: whyMissing(life) };
  }

  /** Every container in the cache, in the order of adding. */
  list(): readonly CacheEntryView[] {
    return [...this.#table.lives()].map((life) => viewOf(life, this.#reconciler.nextTickMs));
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

  /**
   * Something may have changed in the store: asks at once about this container, or about all of
   * them.
   */
  nudge(containerId?: string): void {
    if (containerId === undefined) {
      this.#reconciler.wake();
      return;
    }
    const life = this.#table.get(containerId);
    if (life) this.#tasks.start('nudge', () => this.#round.runAfresh(life));
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

  /** How many containers there are, for the metrics. */
  census(): CacheCensus {
    const container = this.#table.readableCount;
    const pending = [...this.#table.lives()].filter(
      ({ state }) => state === 'waiting' || state === 'pending',
    ).length;
    return { container, pending, total: this.#table.size };
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
      if (life.state === 'leaving') this.#table.drop(life, 'stopped');
      else life.stop();
    }
    await this.#tasks.ended();
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
    if (container.kind === 'sandbox' || options.isIgnored?.(container)) {
      this.#table.drop(life, 'ignored');
      return;
    }
    life.identified(container);
    this.#table.wait(life, 'reading-sources');
    await this.#round.run(life);
  }

  #retryIdentity(life: ContainerLife): void {
    this.#startArrival(life);
  }

  #startFollowing(life: ContainerLife): void {
    const { clock, random } = this.#parts;
    const table = this.#table;
    this.#tasks.start('learning outcome', () =>
      followOutcome(life, { clock, random, table, round: this.#round }),
    );
  }
}
