/** Longer than any resolver waits for an answer, its repeated attempts included. */
const KEPT_MS = 30_000;
/** Of all containers together. */
const MAX_QUESTIONS = 16_384;

/** What was asked, by whom and over what. */
export interface AskedName {
  readonly cgroupId: number;
  /** The socket's number: an answer comes over the one that asked. */
  readonly socket: bigint;
  readonly name: string;
}

/**
 * The names that containers asked for within the last 30 seconds, so that nobody gives them an answer to what they did
 * not ask: anyone may send a datagram from a port 53.
 *
 * Bounded: a container may keep at most as many as there is room left for, and forgets its own oldest beyond that
 * (dynamic threshold, Choudhury and Hahne 1998), so that one that asks a lot cannot take the questions of others.
 */
export class DnsQuestions {
  /** When each question was asked last, the oldest first. */
  readonly #byCgroup = new Map<number, Map<string, number>>();
  readonly #limit: number;
  #size = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(limit: number = MAX_QUESTIONS) {
    this.#limit = limit;
  }

  /** How many are remembered, of all containers. */
  get size(): number {
    return this.#size;
  }

  /** A question was sent at that time: milliseconds since the Unix epoch. */
  ask(asked: AskedName, timeMs: number): void {
    if (timeMs - this.#sweptMs >= KEPT_MS) this.#sweep(timeMs);
    const { cgroupId } = asked;
    const questions = this.#byCgroup.get(cgroupId) ?? new Map<string, number>();
    const key = keyOf(asked);
    if (questions.delete(key)) this.#size -= 1;
    if (questions.size >= this.#limit - this.#size) {
      const [oldest] = questions.keys();
      if (oldest === undefined) return;
      questions.delete(oldest);
      this.#size -= 1;
    }
    questions.set(key, timeMs);
    this.#size += 1;
    this.#byCgroup.set(cgroupId, questions);
  }

  /** Whether an answer that came at that time was asked for. It may come again: one name is often asked for twice. */
  wasAsked(asked: AskedName, timeMs: number): boolean {
    const askedMs = this.#byCgroup.get(asked.cgroupId)?.get(keyOf(asked));
    return askedMs !== undefined && Math.abs(timeMs - askedMs) < KEPT_MS;
  }

  #sweep(nowMs: number): void {
    this.#sweptMs = nowMs;
    for (const [cgroupId, questions] of this.#byCgroup) {
      for (const [key, askedMs] of questions) {
        if (nowMs - askedMs < KEPT_MS) continue;
        questions.delete(key);
        this.#size -= 1;
      }
      if (questions.size === 0) this.#byCgroup.delete(cgroupId);
    }
  }
}

function keyOf({ socket, name }: AskedName): string {
  return `${socket} ${name}`;
}
