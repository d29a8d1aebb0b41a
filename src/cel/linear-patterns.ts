import { RE2JS } from 're2js';
import { AgentError } from '#model/agent-error.js';

/** Longer patterns are refused, so that a pattern built from data cannot fill the memory. */
const MAX_PATTERN_LENGTH = 1_000;

/**
 * Regular expressions in RE2 syntax, which match in time linear in the text. Keeps the compiled
 * form of the `capacity` patterns that were used last.
 */
export class LinearPatterns {
  readonly #capacity: number;
  readonly #compiled = new Map<string, RE2JS>();

  constructor(capacity = 256) {
    this.#capacity = capacity;
  }

  /** True when `pattern` matches some part of `text`. Throws `invalid` when it is no RE2 pattern. */
  test(pattern: string, text: string): boolean {
    return this.#get(pattern).test(text);
  }

  /** Throws `invalid` when `pattern` is no RE2 pattern. */
  check(pattern: string): void {
    this.#get(pattern);
  }

  /** How many compiled patterns are kept. */
  get size(): number {
    return this.#compiled.size;
  }

  #get(pattern: string): RE2JS {
    const known = this.#compiled.get(pattern);
    if (known) {
      this.#compiled.delete(pattern);
      this.#compiled.set(pattern, known);
      return known;
    }
    const compiled = compile(pattern);
    if (this.#compiled.size >= this.#capacity) {
      for (const oldest of this.#compiled.keys()) {
        this.#compiled.delete(oldest);
        break;
      }
    }
    this.#compiled.set(pattern, compiled);
    return compiled;
  }
}

function compile(pattern: string): RE2JS {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new AgentError('invalid', `pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  try {
    return RE2JS.compile(pattern);
  } catch (reason) {
    throw AgentError.from(reason, 'invalid');
  }
}
