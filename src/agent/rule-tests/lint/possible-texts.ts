import type { ExpressionNode } from '#cel/expression-tree.js';
import { callOf, fieldOf, itemsOf, literalOf } from './expression-shapes.ts';

/** A text that a field may be, or with which it may begin. */
export interface PossibleText {
  readonly text: string;
  readonly isPrefix: boolean;
}

/** More than this is not followed: the combinations of a conjunction would multiply. */
const MOST = 200;

/**
 * What a field of the event must be for an expression to be true: one of these; undefined when the
 * expression says nothing of it; none when it contradicts itself. Numbers are their digits.
 */
export function possibleTexts(
  node: ExpressionNode,
  field: string,
): readonly PossibleText[] | undefined {
  if (node.op === '&&') {
    const [left, right] = node.args.map((part) => possibleTexts(part, field));
    return both(left, right);
  }
  if (node.op === '||') {
    const [left, right] = node.args.map((part) => possibleTexts(part, field));
    return left && right ? bounded([...left, ...right]) : undefined;
  }
  if (node.op === '==') return ofEqual(node.args, field);
  if (node.op === 'in') return ofIn(node.args, field);
  const call = callOf(node);
  const isPrefix = call?.name === '.startsWith' && call.receiver !== undefined;
  if (!isPrefix || fieldOf(call.receiver) !== field) return undefined;
  return ofLiteral(call.values[0], true);
}

/** What both allow; the narrower of two prefixes. */
export function both(
  left: readonly PossibleText[] | undefined,
  right: readonly PossibleText[] | undefined,
): readonly PossibleText[] | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  if (left.length * right.length > MOST * MOST) return undefined;
  return bounded(left.flatMap((one) => right.flatMap((other) => narrower(one, other))));
}

function narrower(one: PossibleText, other: PossibleText): readonly PossibleText[] {
  // A prefix meets an exact text only the other way round.
  if (meets(one.text, other) && (other.isPrefix || !one.isPrefix)) return [one];
  return meets(other.text, one) && (one.isPrefix || !other.isPrefix) ? [other] : [];
}

function meets(text: string, { text: wanted, isPrefix }: PossibleText): boolean {
  return isPrefix ? text.startsWith(wanted) : text === wanted;
}

function ofEqual(
  [left, right]: readonly ExpressionNode[],
  field: string,
): readonly PossibleText[] | undefined {
  if (left && fieldOf(left) === field) return ofLiteral(right, false);
  return right && fieldOf(right) === field ? ofLiteral(left, false) : undefined;
}

function ofIn(
  [item, list]: readonly ExpressionNode[],
  field: string,
): readonly PossibleText[] | undefined {
  if (!item || !list || fieldOf(item) !== field) return undefined;
  const texts = itemsOf(list)?.map((each) => ofLiteral(each, false));
  return texts?.every((each) => each !== undefined) ? bounded(texts.flat()) : undefined;
}

function ofLiteral(
  node: ExpressionNode | undefined,
  isPrefix: boolean,
): readonly PossibleText[] | undefined {
  const unwrapped = node && (converted(node) ?? node);
  const value = unwrapped && literalOf(unwrapped);
  return value === undefined ? undefined : [{ text: String(value), isPrefix }];
}

/** What `uint(5)` and the like convert. */
function converted(node: ExpressionNode): ExpressionNode | undefined {
  const call = callOf(node);
  return call && ['uint', 'int', 'dyn', 'string'].includes(call.name) ? call.values[0] : undefined;
}

function bounded(texts: readonly PossibleText[]): readonly PossibleText[] | undefined {
  return texts.length > MOST ? undefined : texts;
}
