import { type CompiledRule, compileRule } from '../compiled-rule.ts';
import type { Rule } from '../rule.ts';
import { RuleLanguages } from '../rule-environment.ts';

/** A rule on execs that is always true and needs no profile; changes as given. */
export function aRule(changes: Partial<Rule> = {}): Rule {
  return {
    enabled: true,
    id: 'R9999',
    name: 'Test rule',
    description: '',
    message: "'seen ' + event.comm",
    uniqueId: 'event.comm',
    ruleExpression: [{ eventType: 'exec', expression: 'true' }],
    profileDependency: 2,
    severity: 1,
    supportPolicy: false,
    tags: ['context:container'],
    state: {},
    isTriggerAlert: true,
    source: 'test.yaml',
    ...changes,
  };
}

/** Compiles rules; throws the first error. */
export function compiled(...rules: readonly Rule[]): readonly CompiledRule[] {
  const languages = new RuleLanguages();
  return rules.map((rule) => compileRule(languages, rule));
}
