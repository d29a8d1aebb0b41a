import { OldestFirst } from './oldest-first.ts';
import type { TrackedProcess } from './process-node.ts';

/** How long an ended process is remembered at least, so that late events find it. */
const MAX_EXITED_AGE_MS = 60_000;
const MAX_EXITED = 8_192;
/** Those that ended longer ago and are remembered because processes that they started are. */
const MAX_STARTERS = 8_192;

/**
 * The processes that ended, in the order in which that was told. A process without children is forgotten after a minute;
 * one that others come from stays as long as they do, so that who started them can be told. Both are bounded.
 */
export class ProcessExits {
  readonly #recent = new OldestFirst<TrackedProcess>();
  readonly #starters = new OldestFirst<TrackedProcess>();

  /** How many are remembered. */
  get size(): number {
    return this.#recent.size + this.#starters.size;
  }

  /** The one that is to go first. */
  get oldest(): TrackedProcess | undefined {
    return this.#starters.oldest ?? this.#recent.oldest;
  }

  add(process: TrackedProcess): void {
    if (!this.#starters.has(process)) this.#recent.add(process);
  }

  delete(process: TrackedProcess): void {
    this.#recent.delete(process);
    this.#starters.delete(process);
  }

  /** True when nothing but its children kept it. */
  isSpent(process: TrackedProcess): boolean {
    return !process.children?.size && this.#starters.has(process);
  }

  /** Every process that is remembered. */
  *all(): Iterable<TrackedProcess> {
    yield* this.#recent;
    yield* this.#starters;
  }

  /** The process that had a number before; undefined when it is not remembered. A look at all of them: for rare cases. */
  find(isWanted: (process: TrackedProcess) => boolean): TrackedProcess | undefined {
    for (const process of this.all()) if (isWanted(process)) return process;
    return undefined;
  }

  /** One whose time is over at `nowMs`; the caller removes it and asks again. Undefined when there is none. */
  nextDue(nowMs: number): TrackedProcess | undefined {
    for (let process = this.#recent.oldest; process; process = this.#recent.oldest) {
      const isOld = (process.exitedAtMs ?? 0) < nowMs - MAX_EXITED_AGE_MS;
      if (!isOld && this.#recent.size <= MAX_EXITED) break;
      if (!process.children?.size) return process;
      this.#recent.delete(process);
      this.#starters.add(process);
    }
    return this.#starters.size > MAX_STARTERS ? this.#starters.oldest : undefined;
  }

  clear(): void {
    this.#recent.clear();
    this.#starters.clear();
  }
}
