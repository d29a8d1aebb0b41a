import type { ParseResult } from '@marcbachmann/cel-js';
import { Environment } from '@marcbachmann/cel-js';
import { boundOperators, type OperatorSupport } from './bounded-operators.ts';
import type { CelDeclarations, CelFunction } from './cel-declarations.ts';
import { CelEquality } from './cel-equality.ts';
import { failureAt, failureFrom } from './cel-failure.ts';
import { CelProgram, type CelResults, type RunningEvaluation } from './cel-program.ts';
import { ExpressionPreparation } from './expression-preparation.ts';
import { type LibraryEvaluator, libraryNode } from './library-node.ts';
import { LinearPatterns } from './linear-patterns.ts';
import {
  calledName,
  OWN_PREFIX,
  ownFunctions,
  ownSignature,
  STRINGS_TYPE,
} from './standard-functions.ts';
import { StepBudget } from './step-budget.ts';

/** Characters of an expression: an error that is absorbed takes time in proportion to it. */
const MAX_SOURCE_LENGTH = 65_536;
const LIMITS = { maxAstNodes: 20_000 };
/** What a call of a declared function counts. */
const FUNCTION_STEPS = 50;
/** What an error counts that an operator absorbs, and a character of the expression it stands in. */
const ERROR_STEPS = 300;

/** Methods that the library has for bytes, and the language has not. */
const NOT_OFFERED = new Set(['.json', '.hex', '.string', '.base64', '.at']);

/**
 * Compiles expressions of the Common Expression Language against a set of declarations. Regular
 * expressions match in linear time, and an evaluation that takes too many steps fails.
 */
export class CelEnvironment<Host> {
  readonly #environment: Environment;
  readonly #budget = new StepBudget();
  readonly #running: RunningEvaluation<Host> = { host: undefined, budget: this.#budget };
  readonly #patterns = new LinearPatterns(this.#budget);
  readonly #operators: OperatorSupport = {
    budget: this.#budget,
    equality: new CelEquality(this.#budget),
    patterns: this.#patterns,
  };
  readonly #preparation: ExpressionPreparation;

  constructor({ types, variables, functions }: CelDeclarations<Host>) {
    const environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS });
    this.#environment = environment;
    for (const { name, prototype, fields } of types) {
      environment.registerType(name, { ctor: prototype, fields: { ...fields } });
    }
    for (const [name, type] of Object.entries(variables)) environment.registerVariable(name, type);
    const namespaces = new Set(functions.map(({ name }) => namespaceOf(name)));
    for (const name of namespaces) registerNamespace(environment, name, name);
    for (const declared of functions) this.#registerFunction(declared);
    const own = registerOwn(environment, { budget: this.#budget, patterns: this.#patterns });
    registerBytesOrder(environment, this.#budget);
    this.#preparation = new ExpressionPreparation(
      {
        types: new Map(types.map((type) => [type.name, type])),
        isVariable: (name) => Object.hasOwn(variables, name),
        callable: callableNames(environment, { namespaces, own }),
        own,
      },
      this.#patterns,
    );
    chargeErrors(evaluatorOf(environment), this.#budget);
  }

  /**
   * Parses and type-checks an expression that gives a `kind`. Throws `invalid` with the place when
   * it does not parse, names a variable, field or function that is not declared, calls one with
   * values of other types, holds a constant pattern that is not RE2, or gives something else.
   */
  compile<Kind extends keyof CelResults>(source: string, kind: Kind): CelProgram<Host, Kind> {
    const { parsed, type } = this.#read(source);
    if (kind !== 'any' && type !== kind && type !== 'dyn') {
      throw failureAt(source, `expected an expression that gives ${kind}, this gives ${type}`);
    }
    const again = () => this.#read(source).parsed;
    return new CelProgram({ source, kind, parsed, again }, this.#running);
  }

  #read(source: string): { readonly parsed: ParseResult; readonly type: string | undefined } {
    if (source.length > MAX_SOURCE_LENGTH) {
      throw failureAt(source, `expression is longer than ${MAX_SOURCE_LENGTH} characters`);
    }
    try {
      const parsed = this.#environment.parse(source);
      this.#preparation.prepare(source, parsed.ast);
      const { valid, type, error } = parsed.check();
      if (!valid) throw error;
      boundOperators(parsed.ast, this.#operators);
      return { parsed, type };
    } catch (reason) {
      throw failureFrom(source, reason);
    }
  }

  #registerFunction({ name, parameters, returns, call }: CelFunction<Host>): void {
    const running = this.#running;
    const signature = `${name}(${parameters.join(', ')}): ${returns}`;
    // A closure for each signature: the library keeps what it derives from a handler on it.
    const handler = (_namespace: unknown, ...values: unknown[]) => {
      running.budget.spend(FUNCTION_STEPS);
      return call(running.host as Host, ...values);
    };
    this.#environment.registerFunction(signature, handler, { async: false });
  }
}

function namespaceOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

/** A namespace is a constant of a type of its own; its functions are methods of that type. */
function registerNamespace(environment: Environment, name: string, type: string): void {
  class Namespace {}
  environment.registerType(type, Namespace);
  environment.registerConstant(name, type, new Namespace());
}

/** Registers our own functions, under their inner names. Gives their names as they are called. */
function registerOwn(
  environment: Environment,
  { budget, patterns }: { readonly budget: StepBudget; readonly patterns: LinearPatterns },
): ReadonlySet<string> {
  registerNamespace(environment, 'strings', STRINGS_TYPE);
  const matches = (text: string, pattern: string) => patterns.test(pattern, text);
  const table = {
    ...ownFunctions(budget),
    'matches(string, string): bool': matches,
    'string.matches(string): bool': (text: string, pattern: string) => matches(text, pattern),
  };
  for (const [signature, handler] of Object.entries(table)) {
    environment.registerFunction(ownSignature(signature), handler, { async: false });
  }
  return new Set(Object.keys(table).map(calledName));
}

/** Bytes are ordered as texts are; the library has no order for them. */
function registerBytesOrder(environment: Environment, budget: StepBudget): void {
  const order = (a: Uint8Array, b: Uint8Array) => {
    budget.spendText(a.length);
    return Buffer.compare(a, b);
  };
  environment
    .registerOperator('bytes < bytes', (a, b) => order(a, b) < 0)
    .registerOperator('bytes <= bytes', (a, b) => order(a, b) <= 0)
    .registerOperator('bytes > bytes', (a, b) => order(a, b) > 0)
    .registerOperator('bytes >= bytes', (a, b) => order(a, b) >= 0);
}

function callableNames(
  environment: Environment,
  { namespaces, own }: { readonly namespaces: ReadonlySet<string>; own: ReadonlySet<string> },
): ReadonlySet<string> {
  const names = new Set(own);
  for (const { name, receiverType } of environment.getDefinitions().functions) {
    if (name.startsWith(OWN_PREFIX)) continue;
    if (receiverType === null) names.add(name);
    else if (namespaces.has(receiverType)) names.add(`${receiverType}.${name}`);
    else if (receiverType === 'CelNamespace') names.add(`cel.${name}`);
    else if (!receiverType.startsWith('optional')) names.add(`.${name}`);
  }
  for (const name of NOT_OFFERED) names.delete(name);
  return names;
}

/** The library shows its evaluator only to the nodes that it evaluates. */
function evaluatorOf(environment: Environment): LibraryEvaluator {
  const parsed = environment.parse('true');
  let found: LibraryEvaluator | undefined;
  libraryNode(parsed.ast).evaluate = (evaluator) => {
    found = evaluator;
    return true;
  };
  parsed();
  if (!found) throw new TypeError('the CEL library evaluates in another way than expected');
  return found;
}

/**
 * An error takes thousands of times longer than a value. When there are no steps left to pay for it,
 * that is what is thrown: so no operator absorbs that steps are spent.
 */
function chargeErrors(evaluator: LibraryEvaluator, budget: StepBudget): void {
  evaluator.tryEval = (node, context) => {
    try {
      return node.evaluate(evaluator, node, context);
    } catch (reason) {
      budget.spend(ERROR_STEPS + node.input.length / 10);
      return reason instanceof Error ? reason : new Error(String(reason));
    }
  };
}
