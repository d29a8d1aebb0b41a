import {
  type CelMap,
  entryOf,
  isDuration,
  isList,
  isMap,
  isUint,
  keysOf,
  sizeOf,
  wholeNumber,
} from './cel-values.ts';
import { evaluationError } from './evaluation-error.ts';
import type { StepBudget } from './step-budget.ts';

/** Shorter texts are compared for nothing. */
const FREE_TEXT = 256;

/**
 * Equality as CEL defines it: numbers by their mathematical value whatever their types, lists and
 * maps by their members, values of different types not at all. Long texts and members cost steps.
 */
export class CelEquality {
  readonly #budget: StepBudget;

  constructor(budget: StepBudget) {
    this.#budget = budget;
  }

  equals(a: unknown, b: unknown): boolean {
    if (typeof a === 'string') return typeof b === 'string' && this.#sameText(a, b);
    if (a === b) return true;
    if (typeof a === 'number' || typeof b === 'number') return sameNumber(a, b);
    if (typeof a === 'bigint' || isUint(a)) return wholeNumber(a) === wholeNumber(b);
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
    return this.#sameObject(a, b);
  }

  /** True when a list has an equal element, or a map such a key. Throws for anything else. */
  contains(collection: unknown, wanted: unknown, node?: object): boolean {
    if (isList(collection)) {
      for (const item of collection) {
        this.#budget.spend(1);
        if (this.equals(item, wanted)) return true;
      }
      return false;
    }
    if (isMap(collection)) return entryOf(collection, wanted) !== undefined;
    throw evaluationError('no such overload: in', node);
  }

  #sameText(a: string, b: string): boolean {
    if (a.length !== b.length) return false;
    if (a.length > FREE_TEXT) this.#budget.spendText(a.length);
    return a === b;
  }

  #sameObject(a: object, b: object): boolean {
    if (isList(a)) return isList(b) && this.#sameList(a, b);
    if (isMap(a)) return isMap(b) && this.#sameMap(a, b);
    if (a instanceof Uint8Array) return b instanceof Uint8Array && this.#sameBytes(a, b);
    if (isDuration(a)) return isDuration(b) && a.seconds === b.seconds && a.nanos === b.nanos;
    return isTimestamp(a) && isTimestamp(b) && a.getTime() === b.getTime();
  }

  #sameList(a: readonly unknown[], b: readonly unknown[]): boolean {
    if (a.length !== b.length) return false;
    for (const [index, item] of a.entries()) {
      this.#budget.spend(1);
      if (!this.equals(item, b[index])) return false;
    }
    return true;
  }

  #sameMap(a: CelMap, b: CelMap): boolean {
    const keys = keysOf(a);
    this.#budget.spend(keys.length);
    if (keys.length !== sizeOf(b)) return false;
    for (const key of keys) {
      const other = entryOf(b, key);
      if (other === undefined || !this.equals(entryOf(a, key), other)) return false;
    }
    return true;
  }

  #sameBytes(a: Uint8Array, b: Uint8Array): boolean {
    if (a.length !== b.length) return false;
    this.#budget.spendText(a.length);
    return a.every((byte, index) => byte === b[index]);
  }
}

/** The library's timestamps are of JavaScript's own class, which this room has no business with. */
function isTimestamp(value: object): value is { getTime(): number } {
  return 'getTime' in value && typeof value.getTime === 'function';
}

/** JavaScript compares a `bigint` with a `number` by their mathematical value. */
function sameNumber(a: unknown, b: unknown): boolean {
  const left = typeof a === 'number' ? a : wholeNumber(a);
  const right = typeof b === 'number' ? b : wholeNumber(b);
  // biome-ignore lint/suspicious/noDoubleEquals: bigint and number are equal only in this way
  return left !== undefined && right !== undefined && left == right;
}
