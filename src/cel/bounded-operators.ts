import type { CelEquality } from './cel-equality.ts';
import { isDuration, isList, isMap, mapKey, mapOf, sizeOf } from './cel-values.ts';
import { durationOf, nanosOf } from './conversion-functions.ts';
import { evaluationError } from './evaluation-error.ts';
import { argumentsOf, type CallNode, type ExpressionNode, nodesOf } from './expression-tree.ts';
import { type LibraryEvaluation, type LibraryNode, libraryNode, loopOf } from './library-node.ts';
import type { LinearPatterns } from './linear-patterns.ts';
import { OWN_PREFIX } from './standard-functions.ts';
import type { StepBudget } from './step-budget.ts';
import { timeInRange } from './time-functions.ts';

const MAX_INT = 2n ** 63n - 1n;
const FREE_TEXT = 256;
/** Starting a loop costs more than one of its turns. */
const LOOP_STEPS = 5;

/** What operators need besides their operands. */
export interface OperatorSupport {
  readonly budget: StepBudget;
  readonly equality: CelEquality;
  readonly patterns: LinearPatterns;
}

/**
 * Makes a checked expression pay for what it does: each turn of a loop, and each operator whose cost
 * depends on its operands. Gives equality, membership, maps and integer limits their meaning in CEL,
 * where the library's differs.
 */
export function boundOperators(root: ExpressionNode, support: OperatorSupport): void {
  for (const source of nodesOf(root)) {
    const node = libraryNode(source);
    boundLoop(node, support.budget);
    boundOperator(node, support);
    if (isCallOfMatches(source)) keepPattern(source, support.patterns);
  }
}

function boundLoop(node: LibraryNode, budget: StepBudget): void {
  const loop = loopOf(node);
  if (!loop) return;
  const { iterable, step } = loop.args;
  const steps = costOfTurn(node);
  const { evaluate } = step.meta;
  step.evaluate = (evaluator, self, context) => {
    budget.spend(steps);
    return evaluate(evaluator, self, context);
  };
  const run = loop.handle as (...values: unknown[]) => unknown;
  loop.evaluate = (evaluator, self, context) => {
    const items = evaluator.run(iterable, context);
    budget.spend(LOOP_STEPS + lengthOfRange(items));
    return run(items, self.args, evaluator, context);
  };
}

/** Elements of a list come for nothing, as the loop pays for each; a map's keys are listed first. */
function lengthOfRange(items: unknown): number {
  if (isList(items)) return 0;
  if (isMap(items)) return sizeOf(items);
  throw evaluationError('a loop runs only over a list or a map');
}

/** How many nodes a turn evaluates at most, loops inside counting as one turn. */
function costOfTurn(node: LibraryNode): number {
  const [, , values] = node.args as [string, ExpressionNode, readonly ExpressionNode[]];
  let count = 1;
  for (const value of values.slice(1)) for (const _ of nodesOf(value)) count += 1;
  return count;
}

const MATCHES = `${OWN_PREFIX}matches`;

function isCallOfMatches(node: ExpressionNode): node is CallNode {
  return (node.op === 'call' || node.op === 'rcall') && node.args[0] === MATCHES;
}

/** A pattern that stands in the expression is compiled once. */
function keepPattern(source: CallNode, patterns: LinearPatterns): void {
  const pattern = argumentsOf(source).at(-1);
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return;
  const matches = patterns.tester(pattern.args);
  const node = libraryNode(source);
  const inner = node.handle as (values: readonly unknown[], ...rest: unknown[]) => unknown;
  node.handle = (values: readonly unknown[], ...rest: unknown[]) => {
    const [text] = values;
    return typeof text === 'string' ? matches(text) : inner(values, ...rest);
  };
}

/** Node and evaluator come after the operands. */
type Binary = (left: unknown, right: unknown, ...place: [LibraryNode, unknown]) => unknown;

function boundOperator(node: LibraryNode, { budget, equality }: OperatorSupport): void {
  const inner = node.handle as Binary;
  const operators: Readonly<Record<string, Binary>> = {
    '==': (left, right) => equality.equals(left, right),
    '!=': (left, right) => !equality.equals(left, right),
    in: (left, right, ...[self]) => equality.contains(right, left, self),
    '+': (left, right, ...place) => {
      budget.spend(costOfSum(left) + costOfSum(right));
      return inRange(inner(left, right, ...place), node);
    },
    '-': (left, right, ...place) => inRange(inner(left, right, ...place), node),
    '/': (left, right, ...place) => inRange(inner(left, right, ...place), node),
    // Go divides to find the rest.
    '%': (left, right, ...place) => {
      if (right === -1n) inRange(-(left as bigint), node);
      return inner(left, right, ...place);
    },
    // Of one operand: its node comes second, and the evaluator third.
    '-_': (operand, ...rest) => inRange((inner as Unary)(operand, ...rest), node),
    '[]': (left, right, ...place) => inner(left, indexOf(left, right), ...place),
    '<': comparison(inner, budget),
    '<=': comparison(inner, budget),
    '>': comparison(inner, budget),
    '>=': comparison(inner, budget),
  };
  const bounded = operators[node.op];
  if (bounded) node.handle = bounded;
  if (node.op === 'map') node.evaluate = evaluateMap;
}

type Unary = (operand: unknown, ...rest: unknown[]) => unknown;

function comparison(inner: Binary, budget: StepBudget): Binary {
  return (left, right, ...place) => {
    if (typeof left === 'string' && left.length > FREE_TEXT) budget.spendText(left.length);
    return inner(left, right, ...place);
  };
}

/** Whole numbers of any type are one key, and one index. */
function indexOf(collection: unknown, index: unknown): unknown {
  if (typeof index === 'string' || typeof index === 'bigint') return index;
  return isList(collection) || collection instanceof Map ? mapKey(index) : index;
}

const evaluateMap: LibraryEvaluation = (evaluator, node, context) => {
  const entries = node.args as readonly (readonly [LibraryNode, LibraryNode])[];
  return mapOf(
    entries.map(([key, value]) => [evaluator.run(key, context), evaluator.run(value, context)]),
  );
};

function costOfSum(value: unknown): number {
  if (typeof value === 'string') return value.length >> 3;
  if (isList(value)) return value.length;
  return value instanceof Uint8Array ? value.length >> 3 : 0;
}

/** The same value. Throws for an integer beyond 64 bits, and for a time that Go cannot hold. */
function inRange(value: unknown, node: LibraryNode): unknown {
  if (typeof value === 'bigint') {
    if (value > MAX_INT) throw evaluationError(`integer overflow: ${value}`, node);
  } else if (isDuration(value)) {
    durationOf(nanosOf(value));
  }
  return typeof value === 'object' ? timeInRange(value) : value;
}
