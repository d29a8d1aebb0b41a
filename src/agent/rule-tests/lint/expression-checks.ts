import { nodesOf } from '#cel/expression-tree.js';
import { AgentError } from '#model/agent-error.js';
import { isRecord } from '#profile/is-record.js';
import { EVENT_FIELDS, REQUEST_FIELDS } from '#rules/event-fields.js';
import { nearestName } from '#rules/nearest-name.js';
import { RULE_EVENT_TYPES, type RuleEventType } from '#rules/rule.js';
import type { RuleLanguages } from '#rules/rule-environment.js';
import { RULE_FUNCTIONS } from '#rules/rule-functions.js';
import type { FieldPath } from '../yaml-spans.ts';
import { callOf, fieldOf } from './expression-shapes.ts';
import type { CheckedExpression, Report, WrittenRule } from './lint-subject.ts';

interface WrittenExpression {
  readonly field: FieldPath;
  readonly text: string;
  readonly types: readonly RuleEventType[];
  readonly isCondition: boolean;
}

/** Compiles every expression of a rule, and reports those that do not; gives the others. */
export function checkExpressions(
  rule: WrittenRule,
  languages: RuleLanguages,
  report: Report,
): { readonly expressions: readonly CheckedExpression[]; readonly areAll: boolean } {
  const all = writtenExpressions(rule);
  const expressions = all.flatMap(({ text, ...written }) => {
    try {
      const program = compiled({ text, ...written }, languages);
      return [{ ...written, program, root: program.ast }];
    } catch (reason) {
      reportFailure(text, AgentError.from(reason).message, { ...written, report });
      return [];
    }
  });
  return { expressions, areAll: expressions.length === all.length };
}

/** In the first language of those that it must be in; the others are tried. */
function compiled({ text, types, isCondition }: WrittenExpression, languages: RuleLanguages) {
  const about = types.length > 0 ? types : (['exec'] as const);
  const [first, ...others] = languages.ofAll(about.map((eventType) => ({ eventType })));
  const compileIn = (language = languages.of('exec')) =>
    language.compile(text, isCondition ? 'bool' : 'string');
  const program = compileIn(first);
  for (const language of others) compileIn(language);
  return program;
}

function writtenExpressions({ expressions }: WrittenRule): readonly WrittenExpression[] {
  if (!isRecord(expressions)) return [];
  const { ruleExpression } = expressions;
  const conditions = (Array.isArray(ruleExpression) ? ruleExpression : []).flatMap(
    (item: unknown, index): readonly WrittenExpression[] => {
      const { eventType, expression: text } = isRecord(item) ? item : {};
      const field = ['expressions', 'ruleExpression', index, 'expression'];
      if (typeof text !== 'string' || text === '') return [];
      return [{ field, text, types: typesIn([eventType]), isCondition: true }];
    },
  );
  const types = [...new Set(conditions.flatMap((each) => each.types))];
  const texts = (['message', 'uniqueId'] as const).flatMap((name) => {
    const text = expressions[name];
    if (typeof text !== 'string' || text === '') return [];
    return [{ field: ['expressions', name], text, types, isCondition: false }];
  });
  return [...conditions, ...texts];
}

function typesIn(given: readonly unknown[]): readonly RuleEventType[] {
  return RULE_EVENT_TYPES.filter((type) => given.includes(type));
}

const PLACE = /^line (\d+), column (\d+): /;
/** How the language says that a name means nothing; the name is the last word. */
const UNKNOWN =
  /^(?:unknown function|no such (?:key|field):|unknown variable:?|undeclared reference:?) (\S+)/;

function reportFailure(
  text: string,
  failure: string,
  {
    field,
    types,
    report,
  }: Pick<WrittenExpression, 'field' | 'types'> & { readonly report: Report },
): void {
  const [prefix = '', line, column] = PLACE.exec(failure) ?? [];
  const message = failure.slice(prefix.length);
  const name = UNKNOWN.exec(message)?.[1];
  const offset = line === undefined ? undefined : offsetOf(text, Number(line), Number(column));
  const hint = name === undefined ? '' : hintOn(name, message, types);
  report(name === undefined ? 'expression' : 'unknown-name', `${failure}${hint}`, {
    field,
    offset,
  });
}

function offsetOf(text: string, line: number, column: number): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
}

const OWN_FUNCTIONS = [...new Set(RULE_FUNCTIONS.map(({ name }) => name))];
/** Of CEL itself, those that rules use most. */
const STANDARD_FUNCTIONS = [
  ...['size', 'has', 'startsWith', 'endsWith', 'contains', 'matches', 'exists', 'all', 'map'],
  ...['exists_one', 'filter', 'join', 'split', 'string', 'uint', 'int', 'dyn', 'lowerAscii'],
];
const FUNCTION_NAMES = [...OWN_FUNCTIONS, ...STANDARD_FUNCTIONS];
const FIELD_NAMES = [...Object.keys(EVENT_FIELDS), ...Object.keys(REQUEST_FIELDS)];
const VARIABLE_NAMES = ['event', 'eventType'];

function hintOn(name: string, message: string, types: readonly RuleEventType[]): string {
  if (name === 'http') return '; only events of type http have it, all others are event';
  const hasHttp = types.every((type) => type === 'http');
  const near = nearestTo(name, message, hasHttp ? [...VARIABLE_NAMES, 'http'] : VARIABLE_NAMES);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** The known name most like one that is not; a function of another namespace counts as near. */
function nearestTo(
  name: string,
  message: string,
  variables: readonly string[],
): string | undefined {
  const plain = name.replace(/^\./, '').replace(/\(.*$/, '');
  if (!message.startsWith('unknown function')) {
    const isField = message.startsWith('no such');
    return nearestName(plain, isField ? FIELD_NAMES : variables);
  }
  const bare = plain.slice(plain.indexOf('.') + 1);
  return (
    OWN_FUNCTIONS.find((known) => known.endsWith(`.${bare}`)) ?? nearestName(plain, FUNCTION_NAMES)
  );
}

/** Every field of the event that an expression reads, and where. */
export function fieldsRead({
  root,
}: CheckedExpression): readonly { readonly field: string; readonly offset: number }[] {
  const found: { field: string; offset: number }[] = [];
  for (const node of nodesOf(root)) {
    const field = fieldOf(node);
    if (field !== undefined) found.push({ field, offset: node.pos });
  }
  return found;
}

/** Every call of a function, and where. */
export function callsIn({ root }: CheckedExpression) {
  return [...nodesOf(root)].flatMap((node) => {
    const call = callOf(node);
    return call ? [{ ...call, offset: node.pos }] : [];
  });
}
