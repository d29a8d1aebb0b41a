import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type {
  CacheChange,
  CacheState,
  ChangeReason,
  LeavingReason,
  PendingReason,
} from './cache-change.ts';
import { type BuiltProfile, ContainerLife } from './container-life.ts';
import { OwnLearning } from './own-learning.ts';

interface LifeTableOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly onChange: (change: CacheChange) => void;
  /** Nothing more is to be done for this life. */
  readonly onEnded: (life: ContainerLife) => void;
  /** Nobody can look this profile up any more. */
  readonly onReleased: (built: BuiltProfile) => void;
  readonly removalGraceMs: number;
  readonly outcomeWaitMs: number;
}

/**
 * The containers in the cache and the states they are in: the only place where a state changes, and
 * where that is reported. Holds one life a container id, and what lookups read.
 */
export class LifeTable {
  readonly #options: LifeTableOptions;
  readonly #lives = new Map<string, ContainerLife>();
  /** What lookups find: exactly the lives with a built profile. */
  readonly #readable = new Map<string, ContainerProfileEntry>();

  constructor(options: LifeTableOptions) {
    this.#options = options;
  }

  /** Begins a life, in place of one that is leaving. Undefined when the container is there already. */
  open(containerId: string): ContainerLife | undefined {
    const { clock, outcomeWaitMs } = this.#options;
    const present = this.#lives.get(containerId);
    if (present && present.state !== 'leaving') return undefined;
    if (present) this.drop(present, 'added-again');
    const learning = new OwnLearning({ startedAtMs: clock.monotonic(), outcomeWaitMs });
    const life = new ContainerLife(containerId, { sinceMs: clock.now(), learning });
    this.#lives.set(containerId, life);
    this.#report(life, { from: undefined, to: 'waiting', reason: 'added' });
    return life;
  }

  get(containerId: string): ContainerLife | undefined {
    return this.#lives.get(containerId);
  }

  lives(): Iterable<ContainerLife> {
    return this.#lives.values();
  }

  get size(): number {
    return this.#lives.size;
  }

  /** How many have a profile that lookups find. */
  get readableCount(): number {
    return this.#readable.size;
  }

  /** The profile of a container. The hot path of every rule. */
  entryOf(containerId: string): ContainerProfileEntry | undefined {
    return this.#readable.get(containerId);
  }

  /** False once the life has ended or is ending: nothing may be done for it any more. */
  isOpen(life: ContainerLife): boolean {
    return life.state !== 'leaving' && this.#lives.get(life.containerId) === life;
  }

  /** It is still waiting, now for something else. */
  wait(life: ContainerLife, reason: ChangeReason): void {
    life.reason = reason;
  }

  /** It has a profile, or a new one. */
  cache(life: ContainerLife, built: BuiltProfile): void {
    const before = life.built;
    life.built = built;
    this.#readable.set(life.containerId, built.entry);
    if (before) this.#options.onReleased(before);
    this.#enter(life, 'cached', before ? 'profile-changed' : 'profile-found');
  }

  /** It has no profile. A change of the reason alone is not reported. */
  pend(life: ContainerLife, reason: PendingReason): void {
    if (life.state === 'pending') {
      life.reason = reason;
      return;
    }
    const before = life.built;
    life.built = undefined;
    this.#readable.delete(life.containerId);
    if (before) this.#options.onReleased(before);
    this.#enter(life, 'pending', reason);
  }

  /** It goes; lookups find it for the time of the grace. */
  leave(life: ContainerLife, reason: LeavingReason): void {
    if (!this.isOpen(life)) return;
    const { clock, removalGraceMs, onEnded } = this.#options;
    life.stop();
    onEnded(life);
    life.cancelGrace = clock.schedule(removalGraceMs, () => this.drop(life, 'grace-over'));
    // Told last: who hears of it may add the container again at once.
    this.#enter(life, 'leaving', reason);
  }

  /** It is gone at once. Does nothing for a life that is gone already. */
  drop(life: ContainerLife, reason: ChangeReason): void {
    if (this.#lives.get(life.containerId) !== life) return;
    life.stop();
    life.cancelGrace();
    this.#options.onEnded(life);
    this.#lives.delete(life.containerId);
    this.#readable.delete(life.containerId);
    if (life.built) this.#options.onReleased(life.built);
    this.#report(life, { from: life.state, to: undefined, reason });
  }

  #enter(life: ContainerLife, to: CacheState, reason: ChangeReason): void {
    const from = life.state;
    if (from !== to) life.sinceMs = this.#options.clock.now();
    life.state = to;
    life.reason = reason;
    this.#report(life, { from, to, reason });
  }

  #report(life: ContainerLife, step: Pick<CacheChange, 'from' | 'to' | 'reason'>): void {
    const { log, onChange } = this.#options;
    const { containerId } = life;
    const { state, isEnforced = false } = life.built?.entry ?? {};
    const profileName = state?.name ?? life.container?.profileName;
    const { status, completion } = state ?? {};
    const change = { containerId, ...step, profileName, status, completion, isEnforced };
    log.debug('container changed its state in the profile cache', change);
    try {
      onChange(change);
    } catch (reason) {
      log.error('listener to the profile cache failed', { containerId, ...errorFields(reason) });
    }
  }
}
