import type { CelObjectType } from './cel-declarations.ts';
import { failureAt, failureFrom } from './cel-failure.ts';
import { entryOf, isList, isMap } from './cel-values.ts';
import { evaluationError } from './evaluation-error.ts';
import {
  argumentsOf,
  boundNames,
  type CallNode,
  depthOf,
  type ExpressionNode,
  nodesOf,
} from './expression-tree.ts';
import { libraryNode } from './library-node.ts';
import type { LinearPatterns } from './linear-patterns.ts';
import { OWN_PREFIX } from './standard-functions.ts';

/** Evaluation goes into a call of its own for each level. */
const MAX_DEPTH = 1_000;
const TOO_LARGE_INT = 2n ** 63n;

/** What is known of names when an expression is compiled. */
export interface KnownNames {
  readonly types: ReadonlyMap<string, CelObjectType>;
  readonly isVariable: (name: string) => boolean;
  /** Names as they are written at a call: `size`, `.startsWith`, `net.is_private_ip`. */
  readonly callable: ReadonlySet<string>;
  /** Those of them that are called something else inside. */
  readonly own: ReadonlySet<string>;
}

/**
 * Makes a parsed expression ready for the library's checker: finds what the checker lets pass, and
 * gives names that are other ones inside. Throws `invalid` with the place.
 */
export class ExpressionPreparation {
  readonly #names: KnownNames;
  readonly #patterns: LinearPatterns;

  constructor(names: KnownNames, patterns: LinearPatterns) {
    this.#names = names;
    this.#patterns = patterns;
  }

  prepare(source: string, root: ExpressionNode): void {
    if (depthOf(root) > MAX_DEPTH) {
      throw failureAt(source, `expression is nested more than ${MAX_DEPTH} deep`);
    }
    const bound = boundNames(root);
    for (const node of nodesOf(root)) {
      if (node.op === 'value') requireInt(source, node);
      if (node.op === '-_') foldSmallestInt(node);
      if (node.op === 'call' || node.op === 'rcall') this.#prepareCall(source, node, bound);
    }
  }

  #prepareCall(source: string, node: CallNode, bound: ReadonlySet<string>): void {
    const name = this.#writtenName(node, bound);
    if (!this.#names.callable.has(name)) {
      throw failureAt(source, `unknown function ${name}`, { offset: node.pos });
    }
    if (name === 'has') this.#prepareHas(source, node);
    if (name === 'matches' || name === '.matches') this.#requirePattern(source, node);
    if (this.#names.own.has(name)) node.args[0] = OWN_PREFIX + node.args[0];
  }

  #writtenName(node: CallNode, bound: ReadonlySet<string>): string {
    if (node.op === 'call') return node.args[0];
    const [method, receiver] = node.args;
    if (receiver.op !== 'id' || bound.has(receiver.args)) return `.${method}`;
    return this.#names.isVariable(receiver.args) ? `.${method}` : `${receiver.args}.${method}`;
  }

  /**
   * The library lets `has()` name any field and answers false: a misspelling must not pass. And it
   * takes only fields of variables, where the language takes those of any expression.
   */
  #prepareHas(source: string, node: CallNode): void {
    const [selection] = argumentsOf(node);
    const { macro } = libraryNode(node).meta;
    if (selection?.op !== '.' || !macro) return;
    const owner = libraryNode(selection.args[0]);
    macro.typeCheck = (checker, _macro, context) => {
      const type = checker.check(owner, context);
      const declared = this.#names.types.get(type.name);
      if (declared && !Object.hasOwn(declared.fields, selection.args[1])) {
        const message = `no such field: ${selection.args[1]}`;
        throw failureAt(source, message, { offset: selection.pos });
      }
      const property = declared?.presence?.[selection.args[1]];
      if (property !== undefined) selection.args[1] = property;
      else checker.checkAccessOnType(libraryNode(selection), context, type);
      return checker.getType('bool');
    };
    macro.evaluate = (evaluator, _macro, context) =>
      isPresent(evaluator.run(owner, context), selection);
  }

  #requirePattern(source: string, node: CallNode): void {
    const pattern = argumentsOf(node).at(-1);
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return;
    try {
      this.#patterns.tester(pattern.args);
    } catch (reason) {
      const { message } = failureFrom(source, reason);
      throw failureAt(source, message, { offset: pattern.pos, cause: reason });
    }
  }
}

function isPresent(owner: unknown, selection: ExpressionNode & { readonly op: '.' }): boolean {
  const [, field] = selection.args;
  if (isMap(owner)) return entryOf(owner, field) !== undefined;
  if (typeof owner === 'object' && owner !== null && !isList(owner)) {
    return (owner as Readonly<Record<string, unknown>>)[field] !== undefined;
  }
  throw evaluationError(`has() finds no fields in a value of type ${typeof owner}`, selection);
}

function requireInt(source: string, node: ExpressionNode): void {
  if (typeof node.args !== 'bigint' || node.args < TOO_LARGE_INT) return;
  throw failureAt(source, `integer out of range: ${node.args}`, { offset: node.pos });
}

/** The smallest integer is written as a minus before a number that is no integer itself. */
function foldSmallestInt(node: ExpressionNode & { readonly op: '-_' }): void {
  const operand = node.args;
  if (operand.op !== 'value' || operand.args !== TOO_LARGE_INT) return;
  libraryNode(operand).args = -TOO_LARGE_INT;
  libraryNode(node).meta.alternate = libraryNode(operand);
}
