import { AgentError } from '#model/agent-error.js';
import { type CompiledRule, compileRule } from './compiled-rule.ts';
import type { Rule } from './rule.ts';
import { createRuleEnvironment } from './rule-environment.ts';
import { parseRules, type RuleManifest } from './rule-manifest.ts';

/**
 * Validates, merges and compiles the rules of manifests. Disabled rules are left out before merging;
 * of several enabled ones with one id the last stays. A rule that is wrong is left out, with one
 * `invalid` error that names manifest, rule and field; the others are compiled.
 */
export function compileRules(manifests: readonly RuleManifest[]): {
  readonly rules: readonly CompiledRule[];
  readonly errors: readonly AgentError[];
} {
  const parsed = manifests.map(parseRules);
  const errors = parsed.flatMap((manifest) => manifest.errors);
  const rules: CompiledRule[] = [];
  const environment = createRuleEnvironment();
  for (const rule of mergeRules(parsed.flatMap((manifest) => manifest.rules))) {
    try {
      rules.push(compileRule(environment, rule));
    } catch (reason) {
      errors.push(AgentError.from(reason, 'invalid'));
    }
  }
  return { rules, errors };
}

/** The enabled rules, one for each id, in the order in which ids appear first. */
function mergeRules(rules: readonly Rule[]): readonly Rule[] {
  const byId = new Map(rules.filter(({ enabled }) => enabled).map((rule) => [rule.id, rule]));
  return [...byId.values()];
}
