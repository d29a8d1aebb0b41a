/** Characters that mean something else than themselves in a regular expression. */
const SPECIAL = /[\\^$.|?*+()[\]{}]/;
/** After these the character before them may be missing. */
const MAY_BE_MISSING = /^[?*{]/;

/**
 * A text that every match of a regular expression (RE2) holds: the characters that the pattern begins with.
 * Undefined when it begins with none, or is one of several forms for which this does not hold.
 */
export function requiredLiteral(pattern: string): string | undefined {
  if (pattern.includes('|') || pattern.includes('(?')) return undefined;
  const body = pattern.startsWith('^') ? pattern.slice(1) : pattern;
  const end = body.search(SPECIAL);
  if (end === -1) return body === '' ? undefined : body;
  const certain = MAY_BE_MISSING.test(body.slice(end))
    ? withoutLast(body.slice(0, end))
    : body.slice(0, end);
  return certain === '' ? undefined : certain;
}

/** Without the last character, which may be two units long. */
function withoutLast(text: string): string {
  return [...text].slice(0, -1).join('');
}
