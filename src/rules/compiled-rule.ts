import type { CelProgram } from '#cel/cel-program.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import { type Prefilter, prefilterFrom } from './prefilter.ts';
import type { Rule, RuleEventType } from './rule.ts';
import type { RuleLanguages } from './rule-environment.ts';
import type { RuleHost } from './rule-host.ts';
import { needsOfRule } from './rule-needs.ts';

/** A rule that is ready to be evaluated. */
export interface CompiledRule {
  readonly rule: Rule;
  /** By event type; all of one type must be true. */
  readonly expressions: ReadonlyMap<RuleEventType, readonly CelProgram<RuleHost, 'bool'>[]>;
  readonly message: CelProgram<RuleHost, 'string'>;
  readonly uniqueId: CelProgram<RuleHost, 'string'>;
  readonly prefilter: Prefilter | undefined;
  /** What a profile must hold for the rule to be judged by it. */
  readonly needs: ProfileNeeds;
}

/**
 * Compiles the expressions of a rule, each in the language of its event type; message and unique id in that
 * of the first. Throws `invalid` with manifest, rule, field and place when one does not parse, names what
 * does not exist, or gives another type than its field wants.
 */
export function compileRule(languages: RuleLanguages, rule: Rule): CompiledRule {
  const expressions = new Map<RuleEventType, CelProgram<RuleHost, 'bool'>[]>();
  rule.ruleExpression.forEach(({ eventType, expression }, index) => {
    const field = `expressions.ruleExpression.${index}.expression`;
    const program = at(rule, field, () => languages.of(eventType).compile(expression, 'bool'));
    expressions.set(eventType, [...(expressions.get(eventType) ?? []), program]);
  });
  const ofTexts = languages.of(rule.ruleExpression[0]?.eventType ?? 'exec');
  const text = (field: 'message' | 'uniqueId') =>
    at(rule, `expressions.${field}`, () => ofTexts.compile(rule[field], 'string'));
  return {
    rule,
    expressions,
    message: text('message'),
    uniqueId: text('uniqueId'),
    prefilter: prefilterFrom(rule.state),
    needs: needsOfRule(rule),
  };
}

/** Says in which field of which rule compiling failed. */
function at<Result>({ source, id }: Rule, field: string, compile: () => Result): Result {
  try {
    return compile();
  } catch (reason) {
    const { message } = AgentError.from(reason);
    throw new AgentError('invalid', `${source}: rule ${id}: ${field}: ${message}`, {
      cause: reason,
    });
  }
}
