import type { ASTNode, ParseResult } from '@marcbachmann/cel-js';
import { Environment } from '@marcbachmann/cel-js';
import type { CelDeclarations, CelFunction, CelObjectType } from './cel-declarations.ts';
import { failureAt, failureFrom, LINEAR_MATCHES } from './cel-failure.ts';
import { CelProgram, type CelResults, type HostSlot } from './cel-program.ts';
import { boundNames, nodesOf } from './expression-tree.ts';
import { LinearPatterns } from './linear-patterns.ts';

/** A field that no type has, which `has()` therefore never finds. */
const NEVER_PRESENT = '0absent';

/**
 * Compiles expressions of the Common Expression Language against a set of declarations. Regular
 * expressions match in linear time. Has no way to loop without end: cost is bounded by the
 * expression and the values it is given.
 */
export class CelEnvironment<Host> {
  readonly #environment: Environment;
  readonly #slot: HostSlot<Host> = { host: undefined };
  readonly #patterns = new LinearPatterns();
  readonly #types: ReadonlyMap<string, CelObjectType>;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #namespaces: ReadonlySet<string>;
  /** Names as they are written at a call: `size`, `.startsWith`, `net.is_private_ip`. */
  readonly #callable: ReadonlySet<string>;

  constructor({ types, variables, functions }: CelDeclarations<Host>) {
    this.#types = new Map(types.map((type) => [type.name, type]));
    this.#variables = variables;
    this.#namespaces = new Set(functions.map(({ name }) => namespaceOf(name)));
    this.#environment = new Environment({ homogeneousAggregateLiterals: false });
    for (const { name, prototype, fields } of types) {
      this.#environment.registerType(name, { ctor: prototype, fields: { ...fields } });
    }
    for (const [name, type] of Object.entries(variables)) {
      this.#environment.registerVariable(name, type);
    }
    for (const name of this.#namespaces) registerNamespace(this.#environment, name);
    for (const declared of functions) this.#registerFunction(declared);
    this.#registerMatches();
    this.#callable = callableNames(this.#environment, this.#namespaces);
  }

  /**
   * Parses and type-checks an expression that gives a `kind`. Throws `invalid` with the place when
   * it does not parse, names a variable, field or function that is not declared, calls one with
   * values of other types, holds a constant pattern that is not RE2, or gives something else.
   */
  compile<Kind extends keyof CelResults>(source: string, kind: Kind): CelProgram<Host, Kind> {
    const parsed = this.#parse(source);
    const type = this.#check(source, parsed);
    if (type !== kind && type !== 'dyn') {
      throw failureAt(source, `expected an expression that gives ${kind}, this gives ${type}`);
    }
    return new CelProgram({ source, kind }, parsed, this.#slot);
  }

  #parse(source: string): ParseResult {
    try {
      return this.#environment.parse(source);
    } catch (reason) {
      throw failureFrom(source, reason);
    }
  }

  #check(source: string, parsed: ParseResult): string | undefined {
    this.#prepare(source, parsed.ast);
    const { valid, type, error } = parsed.check();
    if (!valid) throw failureFrom(source, error);
    return type;
  }

  /** What the library leaves unchecked, and the names that are other ones inside. */
  #prepare(source: string, root: ASTNode): void {
    const bound = boundNames(root);
    for (const node of nodesOf(root)) {
      if (node.op !== 'call' && node.op !== 'rcall') continue;
      this.#requireKnownFunction(source, node, bound);
      if (node.op === 'call' && node.args[0] === 'has') this.#prepareHas(source, node.args[1][0]);
      if (node.args[0] === 'matches') this.#prepareMatches(source, node);
    }
  }

  #requireKnownFunction(
    source: string,
    node: ASTNode & { readonly op: 'call' | 'rcall' },
    bound: ReadonlySet<string>,
  ): void {
    const name = this.#writtenName(node, bound);
    if (this.#callable.has(name)) return;
    throw failureAt(source, `unknown function ${name}`, { offset: node.pos });
  }

  #writtenName(
    node: ASTNode & { readonly op: 'call' | 'rcall' },
    bound: ReadonlySet<string>,
  ): string {
    if (node.op === 'call') return node.args[0];
    const [method, receiver] = node.args;
    if (receiver.op !== 'id' || bound.has(receiver.args)) return `.${method}`;
    const isVariable = Object.hasOwn(this.#variables, receiver.args);
    return isVariable ? `.${method}` : `${receiver.args}.${method}`;
  }

  /** The library lets `has()` name any field and answers false: a misspelling must not pass. */
  #prepareHas(source: string, node: ASTNode | undefined): void {
    if (node?.op !== '.') return;
    const [owner, field] = node.args;
    const type = this.#objectTypeOf(owner);
    if (!type) return;
    if (!Object.hasOwn(type.fields, field)) {
      throw failureAt(source, `no such field: ${field}`, { offset: node.pos });
    }
    if (type.neverPresent?.includes(field)) node.args[1] = NEVER_PRESENT;
  }

  #objectTypeOf(node: ASTNode): CelObjectType | undefined {
    if (node.op === 'id') return this.#types.get(this.#variables[node.args] ?? '');
    if (node.op !== '.') return undefined;
    const [owner, field] = node.args;
    return this.#types.get(this.#objectTypeOf(owner)?.fields[field] ?? '');
  }

  /** The library's own `matches` backtracks, so that a text could stop the agent. */
  #prepareMatches(source: string, node: ASTNode & { readonly op: 'call' | 'rcall' }): void {
    node.args[0] = LINEAR_MATCHES;
    const values = node.op === 'call' ? node.args[1] : node.args[2];
    const pattern = values.at(-1);
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return;
    try {
      this.#patterns.check(pattern.args);
    } catch (reason) {
      const { message } = failureFrom(source, reason);
      throw failureAt(source, message, { offset: pattern.pos, cause: reason });
    }
  }

  #registerFunction({ name, parameters, returns, call }: CelFunction<Host>): void {
    const slot = this.#slot;
    const signature = `${name}(${parameters.join(', ')}): ${returns}`;
    // A closure for each signature: the library keeps what it derives from a handler on it.
    const handler = (_namespace: unknown, ...values: unknown[]) =>
      call(slot.host as Host, ...values);
    this.#environment.registerFunction(signature, handler, { async: false });
  }

  #registerMatches(): void {
    const patterns = this.#patterns;
    const options = { async: false };
    this.#environment
      .registerFunction(
        `string.${LINEAR_MATCHES}(string): bool`,
        (text: string, pattern: string) => patterns.test(pattern, text),
        options,
      )
      .registerFunction(
        `${LINEAR_MATCHES}(string, string): bool`,
        (text: string, pattern: string) => patterns.test(pattern, text),
        options,
      );
  }
}

function namespaceOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

/** A namespace is a constant of a type of its own; its functions are methods of that type. */
function registerNamespace(environment: Environment, name: string): void {
  class Namespace {}
  environment.registerType(name, Namespace);
  environment.registerConstant(name, name, new Namespace());
}

function callableNames(
  environment: Environment,
  namespaces: ReadonlySet<string>,
): ReadonlySet<string> {
  const names = new Set(['matches', '.matches']);
  for (const { name, receiverType } of environment.getDefinitions().functions) {
    if (receiverType === null) names.add(name);
    else if (namespaces.has(receiverType)) names.add(`${receiverType}.${name}`);
    else if (receiverType === 'CelNamespace') names.add(`cel.${name}`);
    else names.add(`.${name}`);
  }
  return names;
}
