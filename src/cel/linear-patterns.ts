import { RE2JS } from 're2js';
import { AgentError } from '#model/agent-error.js';
import { patternSize } from './pattern-size.ts';
import type { StepBudget } from './step-budget.ts';

/** Longer patterns are refused, so that a pattern built from data cannot fill the memory. */
const MAX_PATTERN_LENGTH = 1_000;
/** Compiling and matching take time in proportion to it. A written-out repetition counts in full. */
const MAX_PATTERN_SIZE = 1_500;
/** Compiling takes some 20 steps an instruction, and more to begin with. */
const COMPILE_STEPS = 1_000;
const COMPILE_STEPS_EACH = 20;
/** Matching takes at worst 20 ns for each character and instruction. */
const MATCHES_A_STEP = 8;

/** A regular expression that was compiled. */
interface Pattern {
  readonly expression: RE2JS;
  readonly size: number;
}

/**
 * Regular expressions in RE2 syntax, which match in time linear in the text. Keeps the compiled
 * form of the `capacity` patterns that were used last. Compiling and matching cost steps.
 */
export class LinearPatterns {
  readonly #budget: StepBudget;
  readonly #capacity: number;
  readonly #compiled = new Map<string, Pattern>();
  /** Of patterns that do not change: those that are kept anyway, as long as there are not too many. */
  readonly #constants = new Map<string, Pattern>();

  constructor(budget: StepBudget, capacity = 256) {
    this.#budget = budget;
    this.#capacity = capacity;
  }

  /** True when `pattern` matches some part of `text`. Throws `invalid` when it is no RE2 pattern. */
  test(pattern: string, text: string): boolean {
    return this.#match(this.#get(pattern), text);
  }

  /**
   * What {@link test} does for a pattern that does not change: compiled once, and kept for as long
   * as the function is. Equal ones share what was compiled. Throws `invalid` when it is no RE2 pattern, or too large a one.
   */
  tester(pattern: string): (text: string) => boolean {
    const compiled = this.#constants.get(pattern) ?? compile(pattern);
    if (this.#constants.size < this.#capacity) this.#constants.set(pattern, compiled);
    return (text) => this.#match(compiled, text);
  }

  /** How many compiled patterns are kept. */
  get size(): number {
    return this.#compiled.size;
  }

  #match({ expression, size }: Pattern, text: string): boolean {
    this.#budget.spend(1 + Math.ceil((text.length * size) / MATCHES_A_STEP));
    return expression.test(text);
  }

  #get(pattern: string): Pattern {
    const known = this.#compiled.get(pattern);
    if (known) {
      this.#compiled.delete(pattern);
      this.#compiled.set(pattern, known);
      return known;
    }
    this.#budget.spend(COMPILE_STEPS + COMPILE_STEPS_EACH * Math.min(1_000, pattern.length));
    const compiled = compile(pattern);
    this.#budget.spend(COMPILE_STEPS_EACH * compiled.size);
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

function compile(pattern: string): Pattern {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new AgentError('invalid', `pattern is longer than ${MAX_PATTERN_LENGTH} characters`);
  }
  const size = patternSize(pattern);
  if (size > MAX_PATTERN_SIZE) {
    throw new AgentError('invalid', `pattern is too large: its repetitions amount to ${size}`);
  }
  try {
    return { expression: RE2JS.compile(pattern), size: size + 1 };
  } catch (reason) {
    throw AgentError.from(reason, 'invalid');
  }
}
