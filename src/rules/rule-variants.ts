import type { FindingRule } from '#model/finding.js';
import type { CompiledRule } from './compiled-rule.ts';
import { type Prefilter, prefilterFrom } from './prefilter.ts';
import type { BoundRule } from './rule-binding.ts';

/** A rule as one binding wants it. */
export interface RuleVariant {
  /** What findings say of the rule; one object for all of them. */
  readonly about: FindingRule;
  readonly prefilter: Prefilter | undefined;
}

/**
 * One variant for each time that bindings name the rule, the most severe first: an event is judged by the
 * first whose parameters let it through. Without bindings, the rule as it is.
 */
export function variantsOf(
  compiled: CompiledRule,
  bound: readonly BoundRule[] | undefined,
): readonly RuleVariant[] {
  const about = aboutRule(compiled);
  if (bound === undefined) return [{ about, prefilter: compiled.prefilter }];
  const variants = bound.map(({ parameters, severity }): RuleVariant => {
    const prefilter = prefilterWith(compiled, parameters);
    return { about: severity === undefined ? about : { ...about, severity }, prefilter };
  });
  return variants.sort((a, b) => b.about.severity - a.about.severity);
}

function prefilterWith(
  { rule, prefilter }: CompiledRule,
  parameters: Readonly<Record<string, unknown>>,
): Prefilter | undefined {
  return Object.keys(parameters).length === 0 ? prefilter : prefilterFrom(rule.state, parameters);
}

function aboutRule({ rule }: CompiledRule): FindingRule {
  const { id, name, description, severity, profileDependency, isTriggerAlert, tags } = rule;
  return {
    ...{ id, name, description, severity, profileDependency, isTriggerAlert, tags },
    ...(rule.mitreTactic !== undefined && { mitreTactic: rule.mitreTactic }),
    ...(rule.mitreTechnique !== undefined && { mitreTechnique: rule.mitreTechnique }),
  };
}
