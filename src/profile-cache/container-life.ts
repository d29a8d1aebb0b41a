import type { Container } from '#model/container.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { Backoff } from '#runtime/backoff.js';
import type { CacheState, ChangeReason } from './cache-change.ts';
import type { OwnLearning } from './own-learning.ts';
import { SourceSet } from './source-set.ts';

/** A profile that was made for a container, and what it was made of. */
export interface BuiltProfile {
  readonly entry: ContainerProfileEntry;
  /** Of the recipe and of what rules needed then. */
  readonly fingerprint: string;
  /** Under which the profile is held; to be released exactly once. */
  readonly poolKey: string;
}

/** One for all lives. */
const NOTHING = () => {};

/**
 * One stay of a container in the cache, from its adding to its end. An id that is added again gets
 * a new one, so that whatever was begun for the old one cannot reach the new one. Only `LifeTable`
 * changes `state`, `reason`, `sinceMs` and `built`.
 */
export class ContainerLife {
  readonly containerId: string;
  readonly learning: OwnLearning;
  state: CacheState = 'waiting';
  reason: ChangeReason = 'identity-unknown';
  /** When it came into `state`; milliseconds since the Unix epoch. */
  sinceMs: number;
  /** Present exactly while `cached`, and while `leaving` from there. */
  built: BuiltProfile | undefined;
  /** UID of its pod; empty as long as nobody knows it. */
  podUid = '';
  /** The round under way: never more than one a life. */
  round: Promise<void> | undefined;
  /** Something changed since the round under way began: another one follows it. */
  isStale = false;
  /** The next round reads the learned profile, even if nothing is said to have changed. */
  isLearnedDue = false;
  /** Waits between tries after a failed call; undefined while none failed. */
  retries: Backoff | undefined;
  /** Cancels the next try. */
  cancelRetry: () => void = NOTHING;
  /** Why a stored object could not be understood, when that happened last. */
  refusal: string | undefined;
  /** Fingerprint of what could not be made a profile of. */
  refused: string | undefined;
  /** Its learning has ended, and its outcome is or was looked for. */
  isFollowed = false;
  /** When the published statuses first lacked it; monotonic. */
  absentSinceMs: number | undefined;
  /** When the last round ended; milliseconds since the Unix epoch. */
  lastRoundMs: number | undefined;
  /** When identity is asked for, or the outcome of learning looked for, again. */
  nextTryMs: number | undefined;
  /** Ends the grace before its time. */
  cancelGrace: () => void = NOTHING;
  #container: Container | undefined;
  #sources: SourceSet | undefined;
  readonly #ended = new AbortController();

  constructor(
    containerId: string,
    { sinceMs, learning }: { readonly sinceMs: number; readonly learning: OwnLearning },
  ) {
    this.containerId = containerId;
    this.sinceMs = sinceMs;
    this.learning = learning;
  }

  get container(): Container | undefined {
    return this.#container;
  }

  /** What its profile may be made of; undefined as long as its identity is. */
  get sources(): SourceSet | undefined {
    return this.#sources;
  }

  /** Aborts when nothing more is to be done for it. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Takes its identity, or a newer version of it. */
  identified(container: Container): void {
    if (container === this.#container) return;
    this.#container = container;
    this.podUid ||= container.pod?.uid ?? '';
    this.#sources = new SourceSet(container, this.#sources);
  }

  /** Ends all waits and calls for it. */
  stop(): void {
    this.cancelRetry();
    this.#ended.abort();
  }
}
