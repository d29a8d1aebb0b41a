const DEEPEST = 1000;

/**
 * Whether lists and objects stand in each other more than `deepest` deep; by default 1,000, which no honest
 * object does (a call stack takes two levels a frame). Whatever recurses over an object asks first.
 */
export function isTooDeep(value: unknown, deepest = DEEPEST): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (deepest <= 0) return true;
  const inner = Array.isArray(value) ? value : Object.values(value);
  for (const each of inner) if (isTooDeep(each, deepest - 1)) return true;
  return false;
}
