import type { ExpressionNode } from './expression-tree.ts';

/**
 * What the CEL library keeps on its nodes and does not declare. Everything that we use of its inner
 * parts is in this file; its version is fixed in package.json for that reason.
 */
export interface LibraryNode {
  readonly op: string;
  args: unknown;
  /** The whole expression's text. */
  readonly input: string;
  readonly meta: LibraryMeta;
  /** The type that the checker found. */
  readonly checkedType?: LibraryType;
  /** Set by the checker on operators and calls: what is done with the operands' values. */
  handle?: (...values: never[]) => unknown;
  evaluate: LibraryEvaluation;
}

/** How a node is evaluated, in the context that holds the variables. */
export type LibraryEvaluation = (
  evaluator: LibraryEvaluator,
  node: LibraryNode,
  context: unknown,
) => unknown;

interface LibraryMeta {
  /** What a macro or a constant stands for. */
  alternate?: LibraryNode;
  /** What `has()` and `cel.bind()` do. */
  readonly macro?: LibraryMacro;
  readonly evaluate: LibraryEvaluation;
}

/** A macro that is no loop. */
export interface LibraryMacro {
  evaluate(evaluator: LibraryEvaluator, macro: LibraryMacro, context: unknown): unknown;
  typeCheck(checker: LibraryChecker, macro: LibraryMacro, context: unknown): unknown;
}

/** A type as the checker knows it. */
export interface LibraryType {
  readonly name: string;
  readonly kind: string;
}

/** The part of the type checker that macros get. */
export interface LibraryChecker {
  check(node: LibraryNode, context: unknown): LibraryType;
  getType(name: string): LibraryType;
  checkAccessOnType(node: LibraryNode, context: unknown, owner: LibraryType): LibraryType;
}

/** The one evaluator of an environment. */
export interface LibraryEvaluator {
  run(node: LibraryNode, context: unknown): unknown;
  /** The value of a node, or what it threw: for operators that absorb errors. */
  tryEval(node: LibraryNode, context: unknown): unknown;
}

/** What the macros `all`, `exists`, `exists_one`, `filter` and `map` stand for. */
export interface LibraryLoop {
  readonly iterable: LibraryNode;
  /** What is evaluated for each element: a node of its own. */
  readonly step: LibraryNode;
}

/** The same node with its undeclared members. */
export function libraryNode(node: ExpressionNode): LibraryNode {
  return node as unknown as LibraryNode;
}

/** The loop that a macro's node stands for. */
export function loopOf(node: LibraryNode): (LibraryNode & { args: LibraryLoop }) | undefined {
  const { alternate } = node.meta;
  return alternate?.op === 'comprehension'
    ? (alternate as LibraryNode & { args: LibraryLoop })
    : undefined;
}

/** True when the node is a name that stands for a constant, such as a namespace or a type. */
export function isConstantName(node: LibraryNode): boolean {
  return node.op === 'id' && node.meta.alternate !== undefined;
}

/** Evaluates a node past what was put in front of it. */
export function evaluatePlainly(
  evaluator: LibraryEvaluator,
  node: LibraryNode,
  context: unknown,
): unknown {
  const { alternate, macro, evaluate } = node.meta;
  if (alternate) return alternate.evaluate(evaluator, alternate, context);
  if (macro) return macro.evaluate(evaluator, macro, context);
  return evaluate(evaluator, node, context);
}
