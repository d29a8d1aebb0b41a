import type { ParseResult } from '@marcbachmann/cel-js';
import { AgentError } from '#model/agent-error.js';
import { failureFrom } from './cel-failure.ts';
import { type EvaluationTrace, traceOf } from './evaluation-trace.ts';
import type { ExpressionNode } from './expression-tree.ts';
import { MAX_STEPS, type StepBudget } from './step-budget.ts';

/** The types that a program may be compiled to give, and what they are in TypeScript. */
export interface CelResults {
  readonly bool: boolean;
  readonly string: string;
  /** A value of any type, as the CEL library has it. */
  readonly any: unknown;
}

/** What the functions that an expression calls need of the evaluation that is running. */
export interface RunningEvaluation<Host> {
  host: Host | undefined;
  readonly budget: StepBudget;
}

/** An expression that was parsed and type-checked. */
export interface CheckedExpression<Kind> {
  readonly source: string;
  readonly kind: Kind;
  readonly parsed: ParseResult;
  /** Parses and checks it once more: nodes that no other evaluation uses. */
  readonly again: () => ParseResult;
}

/** What {@link CelProgram.trace} gives. */
export type TracedEvaluation<Value> = EvaluationTrace & {
  /** The value or the error that `evaluate` gives. */
  readonly result: Value | AgentError;
};

/** A program. Made by `CelEnvironment.compile`. */
export class CelProgram<Host, Kind extends keyof CelResults> {
  /** The text it was compiled from. */
  readonly source: string;
  /** The parsed expression. Calls of our own functions have their inner names. */
  readonly ast: ExpressionNode;
  readonly #kind: Kind;
  readonly #run: ParseResult;
  readonly #again: () => ParseResult;
  readonly #running: RunningEvaluation<Host>;

  constructor(expression: CheckedExpression<Kind>, running: RunningEvaluation<Host>) {
    this.source = expression.source;
    this.ast = expression.parsed.ast;
    this.#kind = expression.kind;
    this.#run = expression.parsed;
    this.#again = expression.again;
    this.#running = running;
  }

  /**
   * The expression's value for these variables. Functions it calls get `host`. Never throws: what
   * goes wrong, whatever it is, comes back as an AgentError; also that it took too many steps.
   */
  evaluate(variables: object, host: Host): CelResults[Kind] | AgentError {
    return this.#evaluate(this.#run, variables, host);
  }

  /**
   * Evaluates as {@link evaluate} does, with the same result, and keeps the value of each part and
   * the calls of declared functions. Takes many times longer.
   */
  trace(variables: object, host: Host): TracedEvaluation<CelResults[Kind]> {
    const parsed = this.#again();
    const trace = traceOf(parsed.ast);
    const result = this.#evaluate(parsed, variables, host);
    return { result, ...trace.finish() };
  }

  #evaluate(run: ParseResult, variables: object, host: Host): CelResults[Kind] | AgentError {
    const running = this.#running;
    const { budget, host: hostBefore } = running;
    const stepsBefore = budget.left;
    running.host = host;
    budget.left = MAX_STEPS;
    try {
      const value: unknown = run(variables as Record<string, unknown>);
      if (isOfKind(value, this.#kind)) return value;
      const message = `expected a ${this.#kind}, got a value of type ${typeof value}`;
      return new AgentError('invalid', message);
    } catch (reason) {
      return failureFrom(this.source, reason);
    } finally {
      running.host = hostBefore;
      budget.left = stepsBefore;
    }
  }
}

function isOfKind<Kind extends keyof CelResults>(
  value: unknown,
  kind: Kind,
): value is CelResults[Kind] {
  if (kind === 'any') return true;
  return typeof value === (kind === 'bool' ? 'boolean' : 'string');
}
