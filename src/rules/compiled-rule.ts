import type { CelProgram } from '#cel/cel-program.js';
import { AgentError } from '#model/agent-error.js';
import type { ProfileNeeds } from '#model/profile-needs.js';
import { type Prefilter, prefilterFrom } from './prefilter.ts';
import type { Rule, RuleEventType } from './rule.ts';
import type { RuleLanguage, RuleLanguages } from './rule-environment.ts';
import type { RuleHost } from './rule-host.ts';
import { needsOfRule } from './rule-needs.ts';

/** The expressions for the text of a rule's alerts, and for what makes two of them the same. */
export interface RuleTexts {
  readonly message: CelProgram<RuleHost, 'string'>;
  readonly uniqueId: CelProgram<RuleHost, 'string'>;
}

/** A rule that is ready to be evaluated. */
export interface CompiledRule {
  readonly rule: Rule;
  /** By event type; all of one type must be true. */
  readonly expressions: ReadonlyMap<RuleEventType, readonly CelProgram<RuleHost, 'bool'>[]>;
  /** What the rule says of an event of that type. Compiled when it is first asked for. */
  textsFor(type: RuleEventType): RuleTexts;
  readonly prefilter: Prefilter | undefined;
  /** What a profile must hold for the rule to be judged by it. */
  readonly needs: ProfileNeeds;
}

/**
 * Compiles the expressions of a rule, each in the language of its event type; message and unique id in
 * those of all its event types. Throws `invalid` with manifest, rule, field and place when one does not parse, names what
 * does not exist, or gives another type than its field wants.
 */
export function compileRule(languages: RuleLanguages, rule: Rule): CompiledRule {
  const expressions = new Map<RuleEventType, CelProgram<RuleHost, 'bool'>[]>();
  rule.ruleExpression.forEach(({ eventType, expression }, index) => {
    const field = `expressions.ruleExpression.${index}.expression`;
    const program = at(rule, field, () => languages.of(eventType).compile(expression, 'bool'));
    expressions.set(eventType, [...(expressions.get(eventType) ?? []), program]);
  });
  return {
    rule,
    expressions,
    textsFor: textsOf(languages, rule),
    prefilter: prefilterFrom(rule.state),
    needs: needsOfRule(rule),
  };
}

/**
 * Checks the texts in every language that they must be in, and keeps no program: most rules never find
 * anything, and programs are what takes a rule's memory.
 */
function textsOf(languages: RuleLanguages, rule: Rule): CompiledRule['textsFor'] {
  const compileIn = (language: RuleLanguage): RuleTexts => ({
    message: at(rule, 'expressions.message', () => language.compile(rule.message, 'string')),
    uniqueId: at(rule, 'expressions.uniqueId', () => language.compile(rule.uniqueId, 'string')),
  });
  for (const language of languages.ofAll(rule.ruleExpression)) compileIn(language);
  const known = new Map<RuleLanguage, RuleTexts>();
  return (type) => {
    const language = languages.of(type);
    const texts = known.get(language) ?? compileIn(language);
    known.set(language, texts);
    return texts;
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
