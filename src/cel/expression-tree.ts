import type { ASTNode } from '@marcbachmann/cel-js';

/** A node of a parsed expression. */
export type ExpressionNode = ASTNode;

/** A node that calls a function, a method or a macro. */
export type CallNode = ExpressionNode & { readonly op: 'call' | 'rcall' };

/** Macros that bind a variable of their own, which is their first argument. */
const BINDING_MACROS = new Set(['all', 'bind', 'exists', 'exists_one', 'filter', 'map']);

/** Every node of the tree, parents before their children. Depth is no limit. */
export function* nodesOf(root: ExpressionNode): Generator<ExpressionNode> {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const item = waiting.pop();
    if (Array.isArray(item)) {
      for (const part of item) waiting.push(part);
    } else if (isNode(item)) {
      yield item;
      waiting.push(item.args);
    }
  }
}

/** The nodes right below a node, in the order of the source. */
export function childrenOf(node: ExpressionNode): readonly ExpressionNode[] {
  const parts: readonly unknown[] = [node.args].flat(3);
  return parts.filter(isNode);
}

/** How many nodes the longest way from the root to a leaf has. */
export function depthOf(root: ExpressionNode): number {
  let level = [root];
  let depth = 0;
  while (level.length > 0) {
    depth += 1;
    level = level.flatMap((node) => childrenOf(node));
  }
  return depth;
}

/** The arguments of a call, without what stands before the dot. */
export function argumentsOf(node: CallNode): readonly ExpressionNode[] {
  return node.op === 'call' ? node.args[1] : node.args[2];
}

/** Names that macros of the expression bind, wherever they are visible. */
export function boundNames(root: ExpressionNode): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodesOf(root)) {
    if (node.op !== 'rcall') continue;
    const [method, , values] = node.args;
    const first = values[0];
    if (BINDING_MACROS.has(method) && first?.op === 'id') names.add(first.args);
  }
  return names;
}

function isNode(item: unknown): item is ExpressionNode {
  return typeof item === 'object' && item !== null && 'op' in item && 'args' in item;
}
