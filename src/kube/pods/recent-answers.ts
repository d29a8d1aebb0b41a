import type { Clock } from '#runtime/clock.js';

/** Answers that are used again for a while, at most `capacity` of them: the least lately used goes. */
export class RecentAnswers<Answer> {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #answers = new Map<string, { readonly answer: Answer; readonly untilMs: number }>();

  constructor({ clock, capacity }: { readonly clock: Clock; readonly capacity: number }) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#answers.size;
  }

  /** Undefined when it was never told, was told too long ago, or had to make room. */
  get(key: string): Answer | undefined {
    const known = this.#answers.get(key);
    if (known === undefined) return undefined;
    this.#answers.delete(key);
    if (known.untilMs <= this.#clock.monotonic()) return undefined;
    this.#answers.set(key, known);
    return known.answer;
  }

  /** Keeps `answer` for `forMs`. */
  set(key: string, answer: Answer, forMs: number): void {
    this.#answers.delete(key);
    this.#answers.set(key, { answer, untilMs: this.#clock.monotonic() + forMs });
    if (this.#answers.size <= this.#capacity) return;
    const [oldest] = this.#answers.keys();
    if (oldest !== undefined) this.#answers.delete(oldest);
  }
}
