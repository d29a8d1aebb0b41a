import type { Container } from '#model/container.js';
import { GuardCompiler } from './guards/guard-compiler.ts';
import { NeedsCheck } from './needs-check.ts';
import { bindsRule, type RuleBinding } from './rule-binding.ts';
import { appliesIn, contextOf, type RuleContext } from './rule-context.ts';
import { noCounts, type RuleCounts } from './rule-counts.ts';
import { type AppliedRule, RulePlan, type SetRule } from './rule-plan.ts';
import type { RuleSet } from './rule-set.ts';
import type { RuleSubject } from './rule-subject.ts';
import { variantsOf } from './rule-variants.ts';

/** Plans are made anew when so many different ones were made; each is shared by the pods alike. */
const MOST_PLANS = 256;

/** The label of a namespace that always has its name. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

/** Labels of a namespace; undefined when they are not known, or not yet. */
export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>> | undefined;

interface KnownPlan {
  readonly plan: RulePlan;
  /** What the namespace's labels were. */
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** Whom bindings are about. */
interface Bound {
  readonly context: RuleContext;
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>> | undefined;
}

/** Which rules of a set a container meets. Remembered by container: one that changes is another object. */
export class RulePlans {
  readonly set: RuleSet;
  /** By rule id. */
  readonly counts: ReadonlyMap<string, RuleCounts>;
  readonly #namespaceLabels: NamespaceLabels;
  readonly #rules: readonly SetRule[];
  #byContainer = new WeakMap<Container, KnownPlan>();
  readonly #plans = new Map<string, RulePlan>();
  /** Of a set without bindings. */
  readonly #unbound = new Map<RuleContext, RulePlan>();
  /** Some binding looks at more of a namespace than its name. */
  readonly #asksForLabels: boolean;

  constructor(
    set: RuleSet,
    {
      namespaceLabels,
      counts,
    }: {
      readonly namespaceLabels: NamespaceLabels;
      readonly counts: ReadonlyMap<string, RuleCounts>;
    },
  ) {
    const guards = new GuardCompiler();
    this.set = set;
    this.#namespaceLabels = namespaceLabels;
    this.#asksForLabels = set.bindings.some(({ namespaceSelector }) =>
      namespaceSelector.keys.some((key) => key !== NAMESPACE_NAME),
    );
    this.#rules = set.rules.map((compiled, position) => ({
      compiled,
      position,
      needsCheck: new NeedsCheck(compiled.needs),
      counts: counts.get(compiled.rule.id) ?? noCounts(),
      guards: guards.compileAll(compiled),
    }));
    this.counts = new Map(this.#rules.map((rule) => [rule.compiled.rule.id, rule.counts]));
  }

  /** In the order of the set. */
  get rules(): readonly SetRule[] {
    return this.#rules;
  }

  /** What a container's events meet. */
  planFor(container: Container): RulePlan {
    if (this.set.bindings.length === 0) return this.#unboundPlan(contextOf(container));
    const known = this.#byContainer.get(container);
    if (known && (!this.#asksForLabels || known.labels === this.#labelsOf(container.namespace))) {
      return known.plan;
    }
    const plan = this.#planOf({
      context: contextOf(container),
      namespace: container.namespace,
      podLabels: container.pod?.labels,
    });
    const labels = this.#asksForLabels ? this.#labelsOf(container.namespace) : undefined;
    this.#byContainer.set(container, { plan, labels });
    return plan;
  }

  /** The same for what is not known as a container, or is described. Slower. */
  planOf({ context, namespace, podLabels }: RuleSubject): RulePlan {
    return this.#planOf({ context, namespace, podLabels });
  }

  /** Adds what the plans' indexes kept from the rules to their counts. */
  settle(): void {
    for (const plan of this.#plans.values()) plan.settle();
  }

  #unboundPlan(context: RuleContext): RulePlan {
    const known = this.#unbound.get(context);
    if (known) return known;
    const plan = this.#planOf({ context, namespace: '', podLabels: undefined });
    this.#unbound.set(context, plan);
    return plan;
  }

  #labelsOf(namespace: string): Readonly<Record<string, string>> | undefined {
    return this.#namespaceLabels(namespace);
  }

  #planOf(bound: Bound): RulePlan {
    const bindings = this.#bindingsFor(bound);
    const chosen = bindings?.map((binding) => this.set.bindings.indexOf(binding));
    const key = `${bound.context} ${chosen?.join(' ') ?? 'all'}`;
    const known = this.#plans.get(key);
    if (known) return known;
    if (this.#plans.size >= MOST_PLANS) {
      this.settle();
      this.#plans.clear();
      // A plan that is kept nowhere would not be settled.
      this.#byContainer = new WeakMap();
    }
    const plan = this.#makePlan(bound.context, bindings);
    this.#plans.set(key, plan);
    return plan;
  }

  /** Undefined when bindings have no say. */
  #bindingsFor({ context, namespace, podLabels }: Bound): readonly RuleBinding[] | undefined {
    const { bindings } = this.set;
    if (bindings.length === 0 || context !== 'kubernetes') return undefined;
    const known = this.#asksForLabels ? this.#labelsOf(namespace) : undefined;
    const labels = { ...known, [NAMESPACE_NAME]: namespace };
    return bindings.filter(
      ({ namespaceSelector, podSelector }) =>
        namespaceSelector.matches(labels) && podSelector.matches(podLabels ?? {}),
    );
  }

  #makePlan(context: RuleContext, bindings: readonly RuleBinding[] | undefined): RulePlan {
    const applied: AppliedRule[] = [];
    const unbound: SetRule[] = [];
    for (const rule of this.#rules) {
      const bound = bindings?.flatMap(({ rules }) =>
        rules.filter((one) => bindsRule(one, rule.compiled.rule)),
      );
      if (bound?.length === 0) unbound.push(rule);
      else if (appliesIn(context, rule.compiled.rule.tags)) {
        applied.push({ ...rule, variants: variantsOf(rule.compiled, bound) });
      }
    }
    return new RulePlan(applied, new Set(unbound.map(({ compiled }) => compiled.rule.id)));
  }
}
