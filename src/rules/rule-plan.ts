import type { CompiledRule } from './compiled-rule.ts';
import type { Guard } from './guards/guard.ts';
import type { NeedsCheck } from './needs-check.ts';
import type { RuleCounts } from './rule-counts.ts';
import { type IndexedRule, TypeRules } from './rule-index.ts';
import type { RuleVariant } from './rule-variants.ts';

/** A rule of a set, with what there is once for it whatever binds it. */
export interface SetRule {
  readonly compiled: CompiledRule;
  /** Its place in the set. */
  readonly position: number;
  readonly needsCheck: NeedsCheck;
  readonly counts: RuleCounts;
  /** What can be told of its expressions without evaluating them, by type of event. */
  readonly guards: ReadonlyMap<string, Guard>;
}

/** A rule as it is used for some containers. */
export interface AppliedRule extends SetRule {
  /** At least one; see docs/rules.md on several bindings of one rule. */
  readonly variants: readonly RuleVariant[];
}

/** What events of some containers meet: rules by event type, indexed when such an event first comes. */
export class RulePlan {
  readonly #applied: ReadonlyMap<string, AppliedRule>;
  readonly #unbound: ReadonlySet<string>;
  readonly #byType = new Map<string, TypeRules | undefined>();

  constructor(applied: readonly AppliedRule[], unbound: ReadonlySet<string>) {
    this.#applied = new Map(applied.map((one) => [one.compiled.rule.id, one]));
    this.#unbound = unbound;
  }

  /** Undefined when no rule is about such events there. */
  rulesFor(eventType: string): TypeRules | undefined {
    const known = this.#byType.get(eventType);
    if (known !== undefined || this.#byType.has(eventType)) return known;
    const indexed = [...this.#applied.values()].flatMap((applied) =>
      indexedFor(applied, eventType),
    );
    const rules = indexed.length > 0 ? new TypeRules(eventType, indexed) : undefined;
    this.#byType.set(eventType, rules);
    return rules;
  }

  /** The rule as it is used there, or the stage at which it is left out. */
  applied(ruleId: string): AppliedRule | 'binding' | 'context' {
    return this.#applied.get(ruleId) ?? (this.#unbound.has(ruleId) ? 'binding' : 'context');
  }

  /** Adds what the indexes kept from the rules to their counts. */
  settle(): void {
    for (const rules of this.#byType.values()) rules?.settle();
  }
}

function indexedFor(applied: AppliedRule, eventType: string): readonly IndexedRule[] {
  for (const [type, programs] of applied.compiled.expressions) {
    if (type === eventType) return [{ applied, programs, guard: applied.guards.get(type), met: 0 }];
  }
  return [];
}
