/** A pod list of a large cluster has some hundred thousand. */
const MAX_VALUES = 1_000_000;
const MAX_DEPTH = 100;

/**
 * What is wrong with a parsed value, or undefined when it is safe to walk and copy: YAML aliases
 * can make a few bytes stand for endless values, and a key `__proto__` can change what an object is.
 */
export function plainProblem(root: unknown): string | undefined {
  let count = 0;
  const problemOf = (value: unknown, depth: number): string | undefined => {
    count += 1;
    if (count > MAX_VALUES)
      return `expected at most ${MAX_VALUES} values, aliases counted as often as used`;
    if (typeof value !== 'object' || value === null) return undefined;
    if (depth > MAX_DEPTH) return `expected at most ${MAX_DEPTH} levels`;
    if (Object.hasOwn(value, '__proto__')) return 'expected no key called __proto__';
    for (const item of Object.values(value)) {
      const problem = problemOf(item, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
  return problemOf(root, 0);
}
