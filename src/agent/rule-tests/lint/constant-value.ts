import type { ExpressionNode } from '#cel/expression-tree.js';
import type { RuleEventType } from '#rules/rule.js';
import { zeroOf } from './event-type-fields.ts';
import { callOf, fieldOf, itemsOf, literalOf } from './expression-shapes.ts';

/** A value that is the same for every event; undefined when it depends on the event. */
type Constant = string | boolean | bigint | number | readonly [] | undefined;

/**
 * What an expression gives for every event of a type, if that is always the same: fields that such events
 * never have are empty, and the type is known.
 */
export function constantValue(node: ExpressionNode, type: RuleEventType): Constant {
  const literal = literalOf(node);
  if (literal !== undefined) return literal;
  if (node.op === 'id') return node.args === 'eventType' ? type : undefined;
  const field = fieldOf(node);
  if (field !== undefined) return zeroOf(field, type)?.zero;
  return ofOperator(node, type) ?? ofCall(node, type);
}

function ofOperator(node: ExpressionNode, type: RuleEventType): Constant {
  switch (node.op) {
    case '&&':
    case '||': {
      const decisive = node.op === '||';
      const [left, right] = node.args.map((part) => constantValue(part, type));
      if (left === decisive || right === decisive) return decisive;
      return left === !decisive && right === !decisive ? !decisive : undefined;
    }
    case '!_': {
      const value = constantValue(node.args, type);
      return typeof value === 'boolean' ? !value : undefined;
    }
    case '?:':
      return ofChoice(node.args, type);
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=': {
      const [left, right] = node.args;
      return compared(node.op, constantValue(left, type), constantValue(right, type));
    }
    case 'in':
      return isIn(node.args, type);
    default:
      return undefined;
  }
}

function ofChoice(parts: readonly ExpressionNode[], type: RuleEventType): Constant {
  const [condition, yes, no] = parts.map((part) => constantValue(part, type));
  if (condition === true) return yes;
  if (condition === false) return no;
  return yes === no ? yes : undefined;
}

function compared(operator: string, left: Constant, right: Constant): boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === 'object' || typeof right === 'object') return undefined;
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left === 'boolean' || typeof right === 'boolean') return undefined;
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

function isIn(parts: readonly ExpressionNode[], type: RuleEventType): boolean | undefined {
  const [item, list] = parts;
  if (item === undefined || list === undefined) return undefined;
  const items = itemsOf(list)?.map((each) => constantValue(each, type));
  if (items?.length === 0) return false;
  const value = constantValue(item, type);
  if (Array.isArray(constantValue(list, type))) return false;
  if (value === undefined || items === undefined) return undefined;
  if (items.includes(value)) return true;
  return items.includes(undefined) ? undefined : false;
}

/** The methods on texts and lists that rules use to ask something. */
function ofCall(node: ExpressionNode, type: RuleEventType): Constant {
  const call = callOf(node);
  if (call === undefined) return undefined;
  const target = call.receiver ?? call.values[0];
  const owner = target && constantValue(target, type);
  if (call.name === '.size' || call.name === 'size') return sizeOf(owner);
  if (call.name === '.exists' && typeof owner === 'object') return false;
  const value = call.values[0] && constantValue(call.values[0], type);
  if (typeof owner !== 'string' || typeof value !== 'string') return undefined;
  if (call.name === '.startsWith') return owner.startsWith(value);
  if (call.name === '.endsWith') return owner.endsWith(value);
  return call.name === '.contains' ? owner.includes(value) : undefined;
}

function sizeOf(value: Constant): bigint | undefined {
  if (typeof value === 'object') return 0n;
  return typeof value === 'string' ? BigInt([...value].length) : undefined;
}
