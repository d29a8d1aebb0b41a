import type {
  ExplainedEntry,
  RuleExplanation,
  TracedCall,
  TracedExpression,
} from '#model/rule-decision.js';
import { oneLine } from '../one-line.ts';
import { type Colour, painted } from '../text-table.ts';

/** Deeper parts of an expression say no more than their values do. */
const MAX_DEPTH = 8;
/** Texts of a container can be long; the whole is in the JSON. */
const MAX_CHARS = 160;

/** Explanations as a person reads them: the outcome first, then what it rests on. */
export function explanationText(
  explanations: readonly RuleExplanation[],
  hasColour: boolean,
): string {
  const parts = explanations.map((each) => lines(each, hasColour).join('\n'));
  return parts.length === 0 ? '' : `${parts.join('\n\n')}\n`;
}

function lines(explanation: RuleExplanation, hasColour: boolean): readonly string[] {
  const { ruleId, ruleName, ruleSource, message, suppressedBy, why } = explanation;
  const paint = (text: string, colour: Colour) => painted({ text, colour }, hasColour);
  const outcome =
    suppressedBy === undefined
      ? paint('alert', 'red')
      : `${paint('no alert', 'green')}, stopped at ${suppressedBy}`;
  return [
    `${ruleId} ${shown(ruleName)}: ${outcome}`,
    `  why      ${shown(why)}`,
    ...(message === undefined ? [] : [`  message  ${shown(message)}`]),
    `  rule     ${shown(ruleSource)}`,
    ...profileLines(explanation),
    ...callLines(explanation.calls),
    ...expressionLines(explanation.expressions),
  ];
}

function profileLines({ profile }: RuleExplanation): readonly string[] {
  if (profile === undefined) return ['  profile  none'];
  const { name, status, completion, isEnforced, sources, partialBecause = [] } = profile;
  const state = [status, completion, isEnforced ? 'enforced' : 'not enforced'].filter(Boolean);
  return [
    `  profile  ${shown(name)} (${state.join(', ')})`,
    ...partialBecause.map((reason) => `           partial because: ${shown(reason)}`),
    ...sources.map(
      ({ role, object, resourceVersion }) =>
        `           ${role}: ${shown(object)}${resourceVersion === undefined ? '' : `@${resourceVersion}`}`,
    ),
  ];
}

function callLines(calls: readonly TracedCall[]): readonly string[] {
  if (calls.length === 0) return [];
  return [
    '  asked',
    ...calls.map(({ function: name, arguments: given, answer, error, matched, nearest }) => {
      const said = error === undefined ? JSON.stringify(answer) : `failed: ${error}`;
      const call = `${name}(${given.map((each) => JSON.stringify(each)).join(', ')})`;
      const entry = entryText('allowed by', matched) || entryText('the nearest entry is', nearest);
      return `    ${shown(call)} = ${shown(said ?? '')}${entry}`;
    }),
  ];
}

function entryText(lead: string, entry: ExplainedEntry | undefined): string {
  if (entry === undefined) return '';
  const version = entry.resourceVersion === undefined ? '' : `@${entry.resourceVersion}`;
  return `; ${lead} ${shown(entry.entry)} [${entry.role}, ${shown(entry.object)}${version}]`;
}

function expressionLines(expressions: readonly TracedExpression[]): readonly string[] {
  if (expressions.length === 0) return [];
  return ['  because', ...expressions.flatMap((each) => partLines(each, 0))];
}

/** Values of what is written in the expression itself say nothing new. */
function partLines(part: TracedExpression, depth: number): readonly string[] {
  if (depth > MAX_DEPTH || isLiteral(part)) return [];
  const { source, value, error, parts } = part;
  const said = error === undefined ? (value ?? 'not reached') : `failed: ${error}`;
  return [
    `    ${'  '.repeat(depth)}${shown(source)} = ${shown(said)}`,
    ...parts.flatMap((each) => partLines(each, depth + 1)),
  ];
}

function isLiteral({ parts, source, value }: TracedExpression): boolean {
  return parts.length === 0 && (source === value || /^["'\d[]/.test(source));
}

function shown(text: string): string {
  const line = oneLine(text).replace(/ {2,}/g, ' ');
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS)}…` : line;
}
