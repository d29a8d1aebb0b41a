import * as v from 'valibot';
import { nearestName } from './nearest-name.ts';

/**
 * An object with these fields and no others: where a field that is misspelt would make more of what is
 * written than was meant. The problem of another field is that it is unknown, with the name that is nearest.
 */
export function strictFields<const Fields extends v.ObjectEntries>(fields: Fields) {
  const names = Object.keys(fields);
  return v.strictObject(fields, ({ expected, input }) => {
    // The kind of value is asked for by its name, a field that there is not by `never`.
    if (expected !== 'never') return `expected ${expected ?? 'something else'}`;
    return unknownField(String(input), names);
  });
}

function unknownField(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return `unknown field${near === undefined ? `: expected one of ${known.join(', ')}` : `, did you mean ${near}?`}`;
}
