/**
 * What a condition means for the agent as a whole. `degraded`: it does its work, and something beside it is
 * wrong. `unready`: it cannot do its work as it should. `stuck`: it makes no progress, and a restart may help.
 */
export type HealthEffect = 'degraded' | 'unready' | 'stuck';

/** Something that is wrong right now, told by the part it concerns. */
export interface Condition {
  /** One lower-case word for the part, for example `sensor`. */
  readonly name: string;
  /** What is wrong and what it means, for a person. */
  readonly message: string;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly effect: HealthEffect;
}

/** The conditions that hold at this moment. A part sets its own by name and clears it when it has passed. */
export class Health {
  readonly #now: () => number;
  readonly #conditions = new Map<string, Condition>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Reports a condition; the time of its first report stays while it lasts. */
  set(name: string, message: string, effect: HealthEffect = 'unready'): void {
    const sinceMs = this.#conditions.get(name)?.sinceMs ?? this.#now();
    this.#conditions.set(name, { name, message, sinceMs, effect });
  }

  clear(name: string): void {
    this.#conditions.delete(name);
  }

  /** What is wrong now, oldest first. Empty when all is well. */
  conditions(): readonly Condition[] {
    return [...this.#conditions.values()].sort((a, b) => a.sinceMs - b.sinceMs);
  }
}
