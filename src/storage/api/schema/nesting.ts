const DEEPEST = 1000;

/**
 * Whether lists and objects stand in each other more than `deepest` deep; by default 1,000, which no honest
 * object does (a call stack takes two levels a frame). Whatever recurses over an object asks first.
 */
export function isTooDeep(value: unknown, deepest = DEEPEST): boolean {
  let level: readonly object[] = isObject(value) ? [value] : [];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth >= deepest) return true;
    level = level.flatMap((outer) => Object.values(outer).filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
