import { type ConditionName, type HealthEffect, usualEffect } from './health-conditions.ts';

/** Something that is wrong right now, told by the part it concerns. */
export interface Condition {
  readonly name: ConditionName;
  /** What is wrong and what it means, for a person. */
  readonly message: string;
  /** Milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  readonly effect: HealthEffect;
}

/** The conditions that hold at this moment. A part sets its own by name and clears it when it has passed. */
export class Health {
  readonly #now: () => number;
  readonly #conditions = new Map<ConditionName, Condition>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Reports a condition; the time of its first report stays while it lasts. */
  set(name: ConditionName, message: string, effect = usualEffect(name)): void {
    const sinceMs = this.#conditions.get(name)?.sinceMs ?? this.#now();
    this.#conditions.set(name, { name, message, sinceMs, effect });
  }

  clear(name: ConditionName): void {
    this.#conditions.delete(name);
  }

  /** What is wrong now, oldest first. Empty when all is well. */
  conditions(): readonly Condition[] {
    return [...this.#conditions.values()].sort((a, b) => a.sinceMs - b.sinceMs);
  }
}
