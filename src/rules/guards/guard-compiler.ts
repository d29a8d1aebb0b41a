import type { CompiledRule } from '../compiled-rule.ts';
import type { RuleEventType } from '../rule.ts';
import { all, UNKNOWN } from './condition.ts';
import { ConditionReader } from './condition-reader.ts';
import type { EventFacts } from './event-facts.ts';
import type { Guard } from './guard.ts';

/**
 * Makes the guards of a rule set. They share what they compute: a question that several rules ask about an
 * event is answered once.
 */
export class GuardCompiler {
  readonly #reader = new ConditionReader();

  /** The guards of a rule by event type; none where nothing can be told. */
  compileAll(rule: CompiledRule): ReadonlyMap<string, Guard> {
    const guards = new Map<string, Guard>();
    for (const eventType of rule.expressions.keys()) {
      const guard = this.#compile(rule, eventType);
      if (guard) guards.set(eventType, guard);
    }
    return guards;
  }

  #compile({ expressions }: CompiledRule, eventType: RuleEventType): Guard | undefined {
    // Requests to the API server are in a language of their own.
    if (eventType === 'k8s-admission') return undefined;
    const programs = expressions.get(eventType) ?? [];
    const parts = programs.map(({ ast }) => this.#reader.read(ast));
    if (parts.every((part) => part === UNKNOWN)) return undefined;
    const { holds, required } = all(parts);
    return {
      canBeTrue: (facts) => isNotFalse(holds, facts),
      required,
    };
  }
}

/** What fails here may fail there: that is for the expression to say. */
function isNotFalse(holds: (facts: EventFacts) => boolean | undefined, facts: EventFacts): boolean {
  try {
    return holds(facts) !== false;
  } catch {
    return true;
  }
}
