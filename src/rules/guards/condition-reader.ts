import type { ExpressionNode } from '#cel/expression-tree.js';

import {
  all,
  any,
  type Condition,
  condition,
  not,
  type Truth,
  textIn,
  UNKNOWN,
} from './condition.ts';
import { requiredLiteral } from './required-literal.ts';
import { type Bound, type Term, Terms } from './term.ts';
import { writtenName } from './written-name.ts';

type Pair = readonly [ExpressionNode, ExpressionNode];

/** Elements of lists are written out one by one; expressions that would grow beyond this are left. */
const MOST_PARTS = 4_096;
const TEXT_COST = 1;
const CALL_COST = 5;
const NOTHING_BOUND: Bound = new Map();

const COMPARISONS: Readonly<Record<string, (a: bigint, b: bigint) => boolean>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
const TEXT_METHODS: Readonly<Record<string, (text: string, part: string) => boolean>> = {
  contains: (text, part) => text.includes(part),
  endsWith: (text, part) => text.endsWith(part),
  startsWith: (text, part) => text.startsWith(part),
};

/** Finds in expressions what can be told without evaluating them. What it does not know it leaves unknown. */
export class ConditionReader {
  readonly #terms = new Terms();
  #parts = 0;

  /** The condition that an expression is. */
  read(root: ExpressionNode): Condition {
    this.#parts = 0;
    return this.#of(root, NOTHING_BOUND);
  }

  #of(node: ExpressionNode, bound: Bound): Condition {
    this.#parts += 1;
    if (this.#parts > MOST_PARTS) return UNKNOWN;
    switch (node.op) {
      case '&&':
        return all(flat(node, '&&').map((part) => this.#of(part, bound)));
      case '||':
        return any(flat(node, '||').map((part) => this.#of(part, bound)));
      case '!_':
        return not(this.#of(node.args, bound));
      case '?:':
        return this.#choice(node.args.map((part) => this.#of(part, bound)));
      case '==':
        return this.#equal(node.args, bound);
      case '!=':
        return not(this.#equal(node.args, bound));
      case 'in':
        return this.#in(node.args, bound);
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#compared(node.op, node.args, bound);
      case 'rcall':
        return this.#called(node, bound);
      default:
        return this.#flag(node, bound);
    }
  }

  #choice([asked, then, otherwise]: readonly Condition[]): Condition {
    if (!asked || !then || !otherwise) return UNKNOWN;
    return condition(asked.cost + then.cost + otherwise.cost, (facts) => {
      const truth = asked.holds(facts);
      if (truth === undefined) return undefined;
      return truth ? then.holds(facts) : otherwise.holds(facts);
    });
  }

  #equal([left, right]: Pair, bound: Bound): Condition {
    const [a, b] = [this.#terms.of(left, bound), this.#terms.of(right, bound)];
    if (!a || !b) return UNKNOWN;
    if (typeof b.literal === 'string') return textIn(a, { exact: [b.literal], prefixes: [] });
    if (typeof a.literal === 'string') return textIn(b, { exact: [a.literal], prefixes: [] });
    return condition(TEXT_COST, (facts) => areEqual(a.read(facts), b.read(facts)));
  }

  #in([left, right]: Pair, bound: Bound): Condition {
    if (right.op === '?:') {
      const [asked, then, otherwise] = right.args;
      return this.#choice([
        this.#of(asked, bound),
        this.#in([left, then], bound),
        this.#in([left, otherwise], bound),
      ]);
    }
    const asked = this.#terms.of(left, bound);
    if (!asked || right.op !== 'list') return UNKNOWN;
    const terms = right.args.map((node) => this.#terms.of(node, bound));
    const literals = terms.map((term) => term?.literal);
    if (literals.every((value) => typeof value === 'string')) {
      return textIn(asked, { exact: literals, prefixes: [] });
    }
    return any(
      terms.map((term) => {
        if (term?.literal === undefined) return UNKNOWN;
        return condition(TEXT_COST, (facts) => areEqual(asked.read(facts), term.literal));
      }),
    );
  }

  #compared(operator: string, [left, right]: Pair, bound: Bound): Condition {
    const [a, b] = [this.#terms.of(left, bound), this.#terms.of(right, bound)];
    const compare = COMPARISONS[operator];
    if (!a || !b || !compare) return UNKNOWN;
    return condition(TEXT_COST, (facts) => {
      const [x, y] = [wholeNumber(a.read(facts)), wholeNumber(b.read(facts))];
      return x === undefined || y === undefined ? undefined : compare(x, y);
    });
  }

  #called(node: ExpressionNode & { readonly op: 'rcall' }, bound: Bound): Condition {
    const [method, receiver, nodes] = node.args;
    const name = writtenName(method);
    if (name === 'exists' || name === 'all') return this.#forEach(name, [receiver, nodes], bound);
    const [second] = nodes;
    if (!second || nodes.length !== 1) return this.#flag(node, bound);
    const text = this.#terms.of(receiver, bound);
    const part = this.#terms.of(second, bound);
    if (!text || !part) return this.#flag(node, bound);
    if (name === 'matches') return matching(text, part.literal);
    if (name === 'startsWith' && typeof part.literal === 'string') {
      return textIn(text, { exact: [], prefixes: [part.literal] });
    }
    const has = TEXT_METHODS[name];
    if (!has) return this.#flag(node, bound);
    if (typeof part.literal === 'string') return hasPart(text, has, part.literal);
    return condition(TEXT_COST, (facts) => {
      const [whole, asked] = [text.read(facts), part.read(facts)];
      return typeof whole === 'string' && typeof asked === 'string' ? has(whole, asked) : undefined;
    });
  }

  /** A macro over constants: its condition once for each. */
  #forEach(
    macro: 'exists' | 'all',
    [list, [variable, body]]: readonly [ExpressionNode, readonly ExpressionNode[]],
    bound: Bound,
  ): Condition {
    if (list.op !== 'list' || variable?.op !== 'id' || !body) return UNKNOWN;
    const elements = list.args.map((node) => this.#terms.of(node, bound));
    const parts = elements.map((element) => {
      if (element?.literal === undefined) return UNKNOWN;
      return this.#of(body, new Map([...bound, [variable.args, element]]));
    });
    return macro === 'exists' ? any(parts) : all(parts);
  }

  /** A field, a constant or a function that is true or false itself. */
  #flag(node: ExpressionNode, bound: Bound): Condition {
    const term = this.#terms.of(node, bound);
    if (!term) return UNKNOWN;
    return condition(node.op === 'rcall' ? CALL_COST : TEXT_COST, (facts) => {
      const value = term.read(facts);
      return typeof value === 'boolean' ? value : undefined;
    });
  }
}

/** The operands of a chain of one operator, in their order. */
function flat(root: ExpressionNode, operator: '&&' | '||'): readonly ExpressionNode[] {
  const waiting = [root];
  const operands: ExpressionNode[] = [];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (node.op === operator) waiting.push(node.args[1], node.args[0]);
    else operands.push(node);
  }
  return operands;
}

/** As for any part; a part that does not change is asked for most often, and need not be read. */
function hasPart(
  text: Term,
  has: (text: string, part: string) => boolean,
  part: string,
): Condition {
  return condition(TEXT_COST, (facts) => {
    const whole = text.read(facts);
    return typeof whole === 'string' ? has(whole, part) : undefined;
  });
}

/** Never true: a pattern is not looked at further than to what its texts must hold. */
function matching(text: Term, pattern: unknown): Condition {
  const literal = typeof pattern === 'string' ? requiredLiteral(pattern) : undefined;
  if (literal === undefined) return UNKNOWN;
  return condition(TEXT_COST, (facts) => {
    const value = text.read(facts);
    return typeof value === 'string' && !value.includes(literal) ? false : undefined;
  });
}

function areEqual(a: unknown, b: unknown): Truth {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  if (typeof a === 'boolean' && typeof b === 'boolean') return a === b;
  const [x, y] = [wholeNumber(a), wholeNumber(b)];
  return x === undefined || y === undefined ? undefined : x === y;
}

/** The value of an `int` or a `uint`. */
function wholeNumber(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value;
  if (typeof value !== 'object' || value === null) return undefined;
  const plain: unknown = value.valueOf();
  return typeof plain === 'bigint' ? plain : undefined;
}
