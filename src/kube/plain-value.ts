/** A pod list of a large cluster has some hundred thousand. */
const MAX_VALUES = 1_000_000;
const MAX_DEPTH = 100;
/** As many characters as the largest file that is read has bytes. */
const MAX_CHARS = 64 * 1024 * 1024;
const AS_OFTEN = 'aliases counted as often as used';

/**
 * What is wrong with a parsed value, or undefined when it is safe to walk and copy: YAML aliases
 * can make a few bytes stand for endless values, and a key `__proto__` can change what an object is.
 */
export function plainProblem(root: unknown): string | undefined {
  return new Walk().problemOf(root, 0);
}

class Walk {
  #values = 0;
  #chars = 0;

  problemOf(value: unknown, depth: number): string | undefined {
    const tooMuch = this.#count(value);
    if (tooMuch !== undefined) return tooMuch;
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > MAX_DEPTH) return `expected at most ${MAX_DEPTH} levels`;
    if (Object.hasOwn(value, '__proto__')) return 'expected no key called __proto__';
    for (const [key, item] of Object.entries(value)) {
      this.#chars += key.length;
      const problem = this.problemOf(item, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #count(value: unknown): string | undefined {
    this.#values += 1;
    if (typeof value === 'string') this.#chars += value.length;
    if (this.#values > MAX_VALUES) return `expected at most ${MAX_VALUES} values, ${AS_OFTEN}`;
    return this.#chars > MAX_CHARS
      ? `expected at most ${MAX_CHARS} characters, ${AS_OFTEN}`
      : undefined;
  }
}
