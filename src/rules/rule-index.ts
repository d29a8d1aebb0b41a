import type { CelProgram } from '#cel/cel-program.js';
import type { FindingRule } from '#model/finding.js';
import type { CompiledRule } from './compiled-rule.ts';
import { NeedsCheck } from './needs-check.ts';
import { PROFILE_FUNCTIONS } from './profile-functions.ts';
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
  readonly #byContext = noRules();
  readonly #policyRules = noRules();
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

  /** Those of them whose policy is learned; undefined when there is none. */
  policyRulesFor(context: RuleContext, eventType: string): readonly IndexedRule[] | undefined {
    return this.#policyRules[context].get(eventType);
  }

  #add(compiled: CompiledRule, counts: RuleCounts): void {
    const about = aboutRule(compiled);
    const needsCheck = new NeedsCheck(compiled.needs);
    for (const [context, byType] of Object.entries(this.#byContext)) {
      if (!appliesIn(context as RuleContext, compiled.rule.tags)) continue;
      for (const [type, programs] of compiled.expressions) {
        const indexed = { compiled, programs, about, needsCheck, counts };
        append(byType, type, indexed);
        if (compiled.rule.supportPolicy && isLearnedAsPolicy(indexed, type)) {
          append(this.#policyRules[context as RuleContext], type, indexed);
        }
      }
    }
  }
}

/** What happens in these leaves no entry in a profile. */
const WITHOUT_ENTRY: ReadonlySet<string> = new Set(['symlink', 'hardlink', 'iouring']);

/**
 * True when only a policy can make a profile allow what the rule is about. A rule that compares with the
 * profile's own entries needs none, and one by the process's name would allow far more than was seen.
 */
function isLearnedAsPolicy({ programs }: IndexedRule, eventType: string): boolean {
  if (WITHOUT_ENTRY.has(eventType)) return true;
  return !programs.some(({ source }) =>
    PROFILE_FUNCTIONS.some(({ name }) => source.includes(name)),
  );
}

function noRules(): Readonly<Record<RuleContext, Map<string, IndexedRule[]>>> {
  return { kubernetes: new Map(), standalone: new Map() };
}

function append(byType: Map<string, IndexedRule[]>, type: string, rule: IndexedRule): void {
  byType.set(type, [...(byType.get(type) ?? []), rule]);
}

function aboutRule({ rule }: CompiledRule): FindingRule {
  const { id, name, description, severity, profileDependency, isTriggerAlert, tags } = rule;
  return {
    ...{ id, name, description, severity, profileDependency, isTriggerAlert, tags },
    ...(rule.mitreTactic !== undefined && { mitreTactic: rule.mitreTactic }),
    ...(rule.mitreTechnique !== undefined && { mitreTechnique: rule.mitreTechnique }),
  };
}
