import type { RulePolicy } from '#model/profile.js';
import { OldestFirst } from './oldest-first.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** A process that a rule is to let pass, by rule and name. */
type Allowed = readonly [ruleId: string, processName: string];

/** The processes that set off a rule while the container was learned, for rules that take a policy. */
export class RecordedPolicies implements RecordedSurface<Allowed> {
  readonly #room: Room;
  readonly #allowed = new OldestFirst<Allowed>((key) => key.length);

  constructor(room: Room) {
    this.#room = room;
  }

  get leftBehind(): number {
    return this.#allowed.leftBehind;
  }

  note(ruleId: string, processName: string): void {
    const key = `${ruleId}\0${processName}`;
    if (this.#allowed.get(key) !== undefined || !this.#room.admit(key.length)) return;
    this.#allowed.set(key, [ruleId, processName]);
  }

  take(portion: Portion, limit: number): readonly Allowed[] {
    return this.#allowed.take(portion, limit).map(([, allowed]) => allowed);
  }

  markLeftBehind(): void {
    this.#allowed.markLeftBehind();
  }
}

/** The policy of each rule. */
export function policiesOf(allowed: readonly Allowed[]): Readonly<Record<string, RulePolicy>> {
  const byRule = Map.groupBy(allowed, ([ruleId]) => ruleId);
  return Object.fromEntries(
    Array.from(byRule, ([ruleId, own]) => [
      ruleId,
      { processAllowed: own.map(([, processName]) => processName) },
    ]),
  );
}
