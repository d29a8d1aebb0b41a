import type { ExpressionNode } from '#cel/expression-tree.js';
import { writtenName } from '#rules/guards/written-name.js';

/** A call as it is written. */
export interface ExpressionCall {
  /** With its namespace (`cp.was_executed`), or with a dot before a method (`.startsWith`). */
  readonly name: string;
  /** What a method is called on. */
  readonly receiver?: ExpressionNode;
  readonly values: readonly ExpressionNode[];
}

/** Variables of rules: what is called on them is a method, on other names a function of a namespace. */
const VARIABLES: ReadonlySet<string> = new Set([
  'event',
  'eventType',
  'http',
  'object',
  'oldObject',
]);

/** The namespaces of functions. */
const NAMESPACES: ReadonlySet<string> = new Set([
  'cp',
  'ap',
  'nn',
  'k8s',
  'net',
  'parse',
  'process',
]);

/** The call that a node is, if it is one. */
export function callOf(node: ExpressionNode): ExpressionCall | undefined {
  if (node.op === 'call') return { name: writtenName(node.args[0]), values: node.args[1] };
  if (node.op !== 'rcall') return undefined;
  const [inner, receiver, values] = node.args;
  const method = writtenName(inner);
  const isFunction =
    receiver.op === 'id' && !VARIABLES.has(receiver.args) && NAMESPACES.has(receiver.args);
  if (isFunction) return { name: `${receiver.args}.${method}`, values };
  return { name: `.${method}`, receiver, values };
}

/** The field that a node reads of the event: `path` of `event.path`; `request.url` with both. */
export function fieldOf(node: ExpressionNode): string | undefined {
  if (node.op !== '.') return undefined;
  const [owner, field] = node.args;
  if (owner.op === 'id') return owner.args === 'event' || owner.args === 'http' ? field : undefined;
  const outer = fieldOf(owner);
  return outer === undefined ? undefined : `${outer}.${field}`;
}

/** The value of a literal: text, truth, or a number as a bigint or a double. */
export function literalOf(node: ExpressionNode): string | boolean | bigint | number | undefined {
  if (node.op !== 'value') return undefined;
  const value: unknown = node.args;
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'bigint':
    case 'number':
      return value;
    default:
      return isUnsigned(value) ? BigInt(value.value) : undefined;
  }
}

/** The items of a list that is written out. */
export function itemsOf(node: ExpressionNode): readonly ExpressionNode[] | undefined {
  return node.op === 'list' ? node.args : undefined;
}

function isUnsigned(value: unknown): value is { readonly value: bigint | number } {
  if (typeof value !== 'object' || value === null || !('value' in value)) return false;
  return typeof value.value === 'bigint' || typeof value.value === 'number';
}
