import type { TracedExpression } from '#model/rule-decision.js';

/** What stands between the operands, without parentheses. */
type Operator = '&&' | '||';

/**
 * The smallest parts of a traced expression that its value rests on: of an `&&` that is false the part that
 * is false, of one that is true all of them, and so on; what would have changed nothing is left out.
 */
export function decidingParts(part: TracedExpression): readonly TracedExpression[] {
  const { parts, value, error } = part;
  if (error !== undefined) return failedPart(part);
  const [first, second, third] = parts;
  if (isNegation(part)) return parts.flatMap(decidingParts);
  if (first !== undefined && second !== undefined && third !== undefined) {
    if (between(part, first, second) !== '?' || between(part, second, third) !== ':') return [part];
    return [first, first.value === 'true' ? second : third].flatMap(decidingParts);
  }
  const operator = operatorOf(part);
  if (operator === undefined) return [part];
  const settling = operator === '&&' ? 'false' : 'true';
  const settlers = parts.filter((each) => each.value === settling);
  return (value === settling ? settlers.slice(0, 1) : parts).flatMap(decidingParts);
}

/** The part that failed itself, not those around it. */
function failedPart(part: TracedExpression): readonly TracedExpression[] {
  const failed = part.parts.filter(({ error }) => error !== undefined);
  return failed.length === 0 ? [part] : failed.flatMap(failedPart);
}

function isNegation({ source, parts: [only, ...others] }: TracedExpression): boolean {
  if (only === undefined || others.length > 0) return false;
  return source.startsWith('!') && bare(source.slice(1)) === bare(only.source);
}

function operatorOf(part: TracedExpression): Operator | undefined {
  const [left, right] = part.parts;
  if (left === undefined || right === undefined) return undefined;
  const operator = between(part, left, right);
  return operator === '&&' || operator === '||' ? operator : undefined;
}

function between(whole: TracedExpression, left: TracedExpression, right: TracedExpression): string {
  const start = left.offset + left.source.length - whole.offset;
  return whole.source.slice(start, right.offset - whole.offset).replace(/[()\s]/g, '');
}

/** Without the space and the parentheses around it. */
function bare(source: string): string {
  return source.replace(/^[\s(]+|[\s)]+$/g, '');
}
