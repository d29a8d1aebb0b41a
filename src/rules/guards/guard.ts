import type { EventFacts } from './event-facts.ts';

/** Texts of which a field must be one, or must begin with one, for a rule to be true. */
export interface FieldTexts {
  readonly exact: readonly string[];
  readonly prefixes: readonly string[];
}

/** What can be told of a rule's expressions for one type of event without evaluating them. */
export interface Guard {
  /** False only when the expressions, ANDed, are false for certain. */
  canBeTrue(facts: EventFacts): boolean;
  /** By a field of the event. Each alone must be met for the expressions to be true. */
  readonly required: ReadonlyMap<string, FieldTexts>;
}
