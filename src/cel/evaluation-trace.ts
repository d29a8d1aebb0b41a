import { AgentError } from '#model/agent-error.js';
import type { TracedCall, TracedExpression } from '#model/rule-decision.js';
import { failureFrom } from './cel-failure.ts';
import { childrenOf, type ExpressionNode, nodesOf } from './expression-tree.ts';
import {
  evaluatePlainly,
  isConstantName,
  type LibraryEvaluation,
  type LibraryNode,
  libraryNode,
  loopOf,
} from './library-node.ts';
import { sourceOf } from './node-source.ts';
import { jsonText, plainValue } from './value-json.ts';

/** Turns of a loop that are kept, the first ones; of the others only the number is told. */
const TURNS_KEPT = 10;
/** Calls that are kept, the first ones. */
const CALLS_KEPT = 200;

/** What an evaluation did. */
export interface EvaluationTrace {
  readonly trace: TracedExpression;
  readonly calls: readonly TracedCall[];
}

/** What one evaluation of a node gave. A node in a loop has one for each turn. */
interface Visit {
  readonly node: LibraryNode;
  value?: unknown;
  error?: unknown;
  isDone: boolean;
  /** By node: what was evaluated for it, the first times, and how often. */
  readonly parts: Map<LibraryNode, { readonly visits: Visit[]; count: number }>;
}

/**
 * Puts a recorder in front of every node of an expression that nothing else evaluates. After one
 * evaluation `finish` tells what happened.
 */
export function traceOf(root: ExpressionNode): { finish(): EvaluationTrace } {
  const recorder = new Recorder();
  for (const node of nodesOf(root)) recorder.watch(libraryNode(node));
  return {
    finish: () => ({ trace: recorder.describe(root), calls: recorder.calls }),
  };
}

class Recorder {
  readonly calls: TracedCall[] = [];
  readonly #top: Visit = visitOf(undefined as unknown as LibraryNode);
  #current: Visit | undefined = this.#top;

  watch(node: LibraryNode): void {
    const evaluate: LibraryEvaluation = Object.hasOwn(node, 'evaluate')
      ? node.evaluate
      : evaluatePlainly;
    node.evaluate = (evaluator, self, context) =>
      this.#record(node, () => evaluate(evaluator, self, context));
    this.#watchCall(node);
  }

  describe(root: ExpressionNode): TracedExpression {
    const [visit] = this.#top.parts.get(libraryNode(root))?.visits ?? [];
    return describeVisit(root, visit);
  }

  #record(node: LibraryNode, evaluate: () => unknown): unknown {
    const parent = this.#current;
    const visit = parent && addVisit(parent, node);
    this.#current = visit;
    try {
      const value = evaluate();
      if (visit) {
        visit.value = value;
        visit.isDone = true;
      }
      return value;
    } catch (reason) {
      if (visit) visit.error = reason;
      throw reason;
    } finally {
      this.#current = parent;
    }
  }

  /** A call of a declared function is a method call on its namespace. */
  #watchCall(node: LibraryNode): void {
    const { handle } = node;
    if (node.op !== 'rcall' || !handle) return;
    const [method, receiver] = node.args as [string, LibraryNode];
    if (!isConstantName(receiver)) return;
    const name = `${String(receiver.args)}.${method}`;
    const run = handle as unknown as (values: readonly unknown[], ...rest: unknown[]) => unknown;
    node.handle = (values: readonly unknown[], ...rest: unknown[]) => {
      const call = { function: name, arguments: values.slice(1).map(plainValue) };
      try {
        const answer = run(values, ...rest);
        this.#keep({ ...call, answer: plainValue(answer) });
        return answer;
      } catch (reason) {
        this.#keep({ ...call, error: messageOf(node, reason) });
        throw reason;
      }
    };
  }

  #keep(call: TracedCall): void {
    if (this.calls.length < CALLS_KEPT) this.calls.push(call);
  }
}

function visitOf(node: LibraryNode): Visit {
  return { node, isDone: false, parts: new Map() };
}

/** A new visit below another; undefined when there were enough of that node. */
function addVisit(parent: Visit, node: LibraryNode): Visit | undefined {
  const known = parent.parts.get(node) ?? { visits: [], count: 0 };
  parent.parts.set(node, known);
  known.count += 1;
  if (known.count > TURNS_KEPT) return undefined;
  const visit = visitOf(node);
  known.visits.push(visit);
  return visit;
}

function describeVisit(node: ExpressionNode, visit: Visit | undefined): TracedExpression {
  const { source, offset } = sourceOf(node);
  return {
    source,
    offset,
    ...outcomeOf(visit),
    parts: tracedChildren(node).flatMap((child) => describePart(child, visit)),
  };
}

function outcomeOf(visit: Visit | undefined): Pick<TracedExpression, 'value' | 'error'> {
  if (!visit) return {};
  if (visit.isDone) return { value: jsonText(visit.value, visit.node.checkedType?.name) };
  return { error: messageOf(visit.node, visit.error) };
}

function describePart(child: ExpressionNode, visit: Visit | undefined): TracedExpression[] {
  const part = visit?.parts.get(libraryNode(child));
  if (!part) return [describeVisit(child, undefined)];
  const described = part.visits.map((one) => describeVisit(child, one));
  const more = part.count - part.visits.length;
  if (more === 0) return described;
  const { offset } = sourceOf(child);
  return [...described, { source: `… ${more} more`, offset, parts: [] }];
}

/** The parts that have a value of their own: no literals, no namespaces, no names that are bound. */
function tracedChildren(node: ExpressionNode): readonly ExpressionNode[] {
  const inner = libraryNode(node);
  const { macro } = inner.meta;
  if (macro && node.op === 'call') return [];
  const unevaluated = new Set<ExpressionNode | undefined>();
  if (node.op === 'rcall') {
    const [, namespace, [bound]] = node.args;
    if (macro) unevaluated.add(namespace);
    if (macro || loopOf(inner)) unevaluated.add(bound);
  }
  return childrenOf(node).filter(
    (child) =>
      child.op !== 'value' && !unevaluated.has(child) && !isConstantName(libraryNode(child)),
  );
}

function messageOf(node: LibraryNode, reason: unknown): string {
  return AgentError.from(failureFrom(node.input, reason)).message;
}
