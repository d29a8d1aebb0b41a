import type { CelProgram } from '#cel/cel-program.js';
import type { EventActivation } from './event-activation.ts';
import type { FieldTexts, Guard } from './guards/guard.ts';
import { TextTree } from './guards/text-tree.ts';
import { PROFILE_FUNCTIONS } from './profile-functions.ts';
import type { RuleHost } from './rule-host.ts';
import type { AppliedRule } from './rule-plan.ts';

/** A rule as the engine runs it for one event type. */
export interface IndexedRule {
  readonly applied: AppliedRule;
  /** None: the rule is not about such events. */
  readonly programs: readonly CelProgram<RuleHost, 'bool'>[];
  readonly guard: Guard | undefined;
  /** Events that the index let through to it since its counts were settled. */
  met: number;
}

/** The rules about one type of event, by what they require of the event. */
export class TypeRules {
  /** Those of them whose policy is learned; undefined when there is none. */
  readonly policyRules: readonly IndexedRule[] | undefined;
  readonly #all: readonly IndexedRule[];
  /** The field by which most of the rules are told apart; undefined when no rule requires anything. */
  readonly #field: string | undefined;
  readonly #byText: TextTree<IndexedRule>;
  #events = 0;

  constructor(eventType: string, rules: readonly IndexedRule[]) {
    this.#all = rules;
    const learned = rules.filter((rule) => isLearnedAsPolicy(rule, eventType));
    this.policyRules = learned.length > 0 ? learned : undefined;
    this.#field = fieldRequiredMost(rules);
    const requirements = rules.map((rule) => [rule, this.#requirementOf(rule)] as const);
    const always = requirements.filter(([, texts]) => texts === undefined).map(([rule]) => rule);
    this.#byText = new TextTree(always, inOrder);
    for (const [rule, texts] of requirements) {
      for (const prefix of texts?.prefixes ?? []) this.#byText.addPrefix(prefix, rule);
      for (const text of texts?.exact ?? []) this.#byText.addExact(text, rule);
    }
  }

  /** The rules that can be true of an event, in the order of the set. Do not change the array. */
  candidates({ event }: EventActivation, usesIndex: boolean): readonly IndexedRule[] {
    this.#events += 1;
    const found = usesIndex ? this.#find(event) : this.#all;
    for (const rule of found) rule.met += 1;
    return found;
  }

  /** Adds what the index kept from the rules to their counts. */
  settle(): void {
    for (const rule of this.#all) {
      rule.applied.counts.skipped.index += this.#events - rule.met;
      rule.met = 0;
    }
    this.#events = 0;
  }

  /** What cannot be read is for the expressions to fail at. */
  #find(event: EventActivation['event']): readonly IndexedRule[] {
    if (this.#field === undefined) return this.#all;
    try {
      const text = (event as unknown as Readonly<Record<string, unknown>>)[this.#field];
      return typeof text === 'string' ? this.#byText.find(text) : this.#all;
    } catch {
      return this.#all;
    }
  }

  #requirementOf({ guard }: IndexedRule): FieldTexts | undefined {
    return this.#field === undefined ? undefined : guard?.required.get(this.#field);
  }
}

/** The first in the alphabet of those that most rules require something of. */
function fieldRequiredMost(rules: readonly IndexedRule[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { guard } of rules) {
    for (const field of guard?.required.keys() ?? []) {
      counts.set(field, (counts.get(field) ?? 0) + 1);
    }
  }
  const [most] = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return most?.[0];
}

function inOrder(rules: Iterable<IndexedRule>): readonly IndexedRule[] {
  return [...new Set(rules)].sort((a, b) => a.applied.position - b.applied.position);
}

/** What happens in these leaves no entry in a profile. */
const WITHOUT_ENTRY: ReadonlySet<string> = new Set(['symlink', 'hardlink', 'iouring']);

/**
 * True when only a policy can make a profile allow what the rule is about. A rule that compares with the
 * profile's own entries needs none, and one by the process's name would allow far more than was seen.
 */
function isLearnedAsPolicy({ applied, programs }: IndexedRule, eventType: string): boolean {
  if (!applied.compiled.rule.supportPolicy) return false;
  if (WITHOUT_ENTRY.has(eventType)) return true;
  return !programs.some(({ source }) =>
    PROFILE_FUNCTIONS.some(({ name }) => source.includes(name)),
  );
}
