/**
 * The property that says whether `has()` of a field is true: undefined when it is not. Expressions
 * cannot spell it.
 */
export function presenceOf(field: string): string {
  return `0has_${field}`;
}
