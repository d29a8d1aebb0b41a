import type { ParseResult } from '@marcbachmann/cel-js';
import { AgentError } from '#model/agent-error.js';
import { failureFrom } from './cel-failure.ts';

/** The types that a program may be compiled to give, and what they are in TypeScript. */
export interface CelResults {
  readonly bool: boolean;
  readonly string: string;
}

/** Holds the host of the evaluation that is running, for the functions it calls. */
export interface HostSlot<Host> {
  host: Host | undefined;
}

/** An expression that was parsed and type-checked. Made by `CelEnvironment.compile`. */
export class CelProgram<Host, Kind extends keyof CelResults> {
  /** The text it was compiled from. */
  readonly source: string;
  readonly #kind: Kind;
  readonly #run: ParseResult;
  readonly #slot: HostSlot<Host>;

  constructor(
    expression: { readonly source: string; readonly kind: Kind },
    run: ParseResult,
    slot: HostSlot<Host>,
  ) {
    this.source = expression.source;
    this.#kind = expression.kind;
    this.#run = run;
    this.#slot = slot;
  }

  /**
   * The expression's value for these variables. Functions it calls get `host`. Never throws: what
   * goes wrong, whatever it is, comes back as an AgentError.
   */
  evaluate(variables: object, host: Host): CelResults[Kind] | AgentError {
    const before = this.#slot.host;
    this.#slot.host = host;
    try {
      const value: unknown = this.#run(variables as Record<string, unknown>);
      if (isOfKind(value, this.#kind)) return value;
      const message = `expected a ${this.#kind}, got a value of type ${typeof value}`;
      return new AgentError('invalid', message);
    } catch (reason) {
      return failureFrom(this.source, reason);
    } finally {
      this.#slot.host = before;
    }
  }
}

function isOfKind<Kind extends keyof CelResults>(
  value: unknown,
  kind: Kind,
): value is CelResults[Kind] {
  return typeof value === (kind === 'bool' ? 'boolean' : 'string');
}
