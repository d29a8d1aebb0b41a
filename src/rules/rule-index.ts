import type { CelProgram } from '#cel/cel-program.js';
import type { FindingRule } from '#model/finding.js';
import type { CompiledRule } from './compiled-rule.ts';
import { NeedsCheck } from './needs-check.ts';
import { appliesIn, type RuleContext } from './rule-context.ts';
import { noCounts, type RuleCounts } from './rule-counts.ts';
import type { RuleHost } from './rule-host.ts';

/** A rule as the engine runs it for one event type. */
export interface IndexedRule {
  readonly compiled: CompiledRule;
  readonly programs: readonly CelProgram<RuleHost, 'bool'>[];
  /** What findings say of the rule; one object for all of them. */
  readonly about: FindingRule;
  /** One object for all event types of the rule, like the counts. */
  readonly needsCheck: NeedsCheck;
  readonly counts: RuleCounts;
}

/** Which rules an event has to meet, by where its container runs and by its type. */
export class RuleIndex {
  readonly #byContext: Readonly<Record<RuleContext, Map<string, IndexedRule[]>>> = {
    kubernetes: new Map(),
    standalone: new Map(),
  };
  /** By rule id. */
  readonly counts: ReadonlyMap<string, RuleCounts>;

  constructor(rules: readonly CompiledRule[]) {
    const counts = new Map<string, RuleCounts>();
    for (const compiled of rules) {
      const count = noCounts();
      counts.set(compiled.rule.id, count);
      this.#add(compiled, count);
    }
    this.counts = counts;
  }

  /** Undefined when no rule is about such events there. */
  rulesFor(context: RuleContext, eventType: string): readonly IndexedRule[] | undefined {
    return this.#byContext[context].get(eventType);
  }

  #add(compiled: CompiledRule, counts: RuleCounts): void {
    const about = aboutRule(compiled);
    const needsCheck = new NeedsCheck(compiled.needs);
    for (const [context, byType] of Object.entries(this.#byContext)) {
      if (!appliesIn(context as RuleContext, compiled.rule.tags)) continue;
      for (const [type, programs] of compiled.expressions) {
        const indexed = { compiled, programs, about, needsCheck, counts };
        byType.set(type, [...(byType.get(type) ?? []), indexed]);
      }
    }
  }
}

function aboutRule({ rule }: CompiledRule): FindingRule {
  const { id, name, description, severity, profileDependency, isTriggerAlert, tags } = rule;
  return {
    ...{ id, name, description, severity, profileDependency, isTriggerAlert, tags },
    ...(rule.mitreTactic !== undefined && { mitreTactic: rule.mitreTactic }),
    ...(rule.mitreTechnique !== undefined && { mitreTechnique: rule.mitreTechnique }),
  };
}
