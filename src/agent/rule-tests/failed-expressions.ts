import type { TracedCall, TracedExpression } from '#model/rule-decision.js';
import type { RuleDecision } from '#rules/rule-decision.js';
import type { RuleHost } from '#rules/rule-host.js';
import type { RuleSubject } from '#rules/rule-subject.js';

/** More would hide what matters. */
const MOST_LINES = 12;

/**
 * Why a decision is as it is, for people, a line each: the stage that stopped the event, the parts of the
 * expressions that decided their value, and what the functions answered.
 */
export function reasonsOf(
  { why, programs }: RuleDecision,
  { activation }: RuleSubject,
  host: RuleHost,
): readonly string[] {
  const lines = [`why: ${why}`];
  for (const program of programs.expressions) {
    const { trace, calls } = program.trace(activation, host);
    const names = calls.map((call) => `${call.function}(`);
    const isCall = ({ source }: TracedExpression) => names.some((name) => source.startsWith(name));
    const others = decisive(trace).filter((part) => part.error !== undefined || !isCall(part));
    lines.push(...others.map((part) => `     ${outcomeOf(part)}`));
    lines.push(...calls.map((call) => `     ${callText(call)}`));
  }
  const distinct = [...new Set(lines)];
  if (distinct.length <= MOST_LINES) return distinct;
  return [...distinct.slice(0, MOST_LINES), `     and ${distinct.length - MOST_LINES} more`];
}

const JOINS = /&&|\|\||^!|\?/;

/** The smallest parts that were reached; of what joins others, the others. */
function decisive(part: TracedExpression): readonly TracedExpression[] {
  if (part.value === undefined && part.error === undefined) return [];
  const isBoolean = part.value === 'true' || part.value === 'false' || part.error !== undefined;
  if (!isBoolean) return [];
  const below = JOINS.test(part.source) ? part.parts.flatMap(decisive) : [];
  return below.length > 0 ? below : [part];
}

function outcomeOf({ source, value, error }: TracedExpression): string {
  return error === undefined ? `${source} is ${value}` : `${source} failed: ${error}`;
}

function callText({ function: name, arguments: given, answer, error }: TracedCall): string {
  const call = `${name}(${given.map((value) => JSON.stringify(value)).join(', ')})`;
  return error === undefined ? `${call} = ${JSON.stringify(answer)}` : `${call} failed: ${error}`;
}
