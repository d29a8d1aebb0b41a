import { refusal } from './status.ts';

/** One thing that a field selector asks. */
export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  readonly isEqual: boolean;
}

/**
 * Reads the query parameter `fieldSelector`: `field=value`, `field==value` and `field!=value` with commas
 * between; in a value, `\` stands before `\`, `,` and `=`. Throws a `BadRequest` refusal for
 * anything else and for fields that are not among `supported`.
 */
export function parseFieldSelector(
  text: string,
  supported: readonly string[],
): readonly FieldRequirement[] {
  return splitUnescaped(text)
    .filter((part) => part !== '')
    .map((part) => requirement(part, supported));
}

function requirement(part: string, supported: readonly string[]): FieldRequirement {
  const [, field, operator, escaped] =
    /^([^=!\\]+)(==|!=|=)((?:[^=\\]|\\[=,\\])*)$/.exec(part) ?? [];
  if (field === undefined || escaped === undefined) {
    throw refusal(
      'BadRequest',
      `invalid field selector "${part.slice(0, 200)}": expected field=value, field==value or field!=value`,
    );
  }
  if (!supported.includes(field)) {
    throw refusal(
      'BadRequest',
      `field label not supported: ${field.slice(0, 200)} (supported: ${supported.join(', ')})`,
    );
  }
  return { field, value: escaped.replace(/\\(.)/g, '$1'), isEqual: operator !== '!=' };
}

function splitUnescaped(text: string): readonly string[] {
  return text.match(/(?:[^,\\]|\\[\s\S]?)+/g) ?? [];
}
