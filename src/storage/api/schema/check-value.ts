import type { Schema } from '#model/schema/schema.js';
import { isRecord } from '#profile/is-record.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import { quoted } from './field-problem.ts';
import type { FieldWalk } from './field-walk.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Notes on the walk whatever of a value is not as its schema says. Fields that the schema does not
 * know are no problem here. Takes time linear in the size of the value; the depth of recursion is
 * that of the value at most.
 */
export function checkValue(schema: Schema, value: unknown, walk: FieldWalk): void {
  if (walk.isFull) return;
  if (schema.sameFormAs !== undefined) {
    checkValue(schema.sameFormAs(), value, walk);
    return;
  }
  if (value === null && schema.nullable === true) return;
  if (!hasType(schema, value)) {
    const wanted = schema.type ?? 'anything';
    walk.add('FieldValueTypeInvalid', `Invalid value: ${quoted(value)}: must be of type ${wanted}`);
    return;
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    const supported = schema.enum.map(quoted).join(', ');
    walk.add(
      'FieldValueNotSupported',
      `Unsupported value: ${quoted(value)}: supported values: ${supported}`,
    );
  }
  if (typeof value === 'string') checkText(schema, value, walk);
  else if (typeof value === 'number') checkNumber(schema, value, walk);
  else if (Array.isArray(value)) checkList(schema, value, walk);
  else if (isRecord(value)) checkFields(schema, value, walk);
}

function hasType({ type }: Schema, value: unknown): boolean {
  switch (type) {
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isRecord(value);
    case 'integer':
      return Number.isSafeInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return true;
  }
}

function checkText(schema: Schema, value: string, walk: FieldWalk): void {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
  if (value.length < minLength) walk.invalid(value, `must have at least ${minLength} characters`);
  if (value.length > maxLength) {
    walk.add('FieldValueTooLong', `Too long: may not be more than ${maxLength} characters`);
  } else if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) {
    walk.invalid(value, `must match ${pattern}`);
  }
  if (format === 'date-time' && (value.length > 64 || parseTimestamp(value) === undefined)) {
    walk.invalid(value, 'must be a time as RFC 3339 has it');
  }
}

const INT32 = 2 ** 31;

function checkNumber(schema: Schema, value: number, walk: FieldWalk): void {
  const isInt32 = schema.format === 'int32';
  const minimum = schema.minimum ?? (isInt32 ? -INT32 : Number.NEGATIVE_INFINITY);
  const maximum = schema.maximum ?? (isInt32 ? INT32 - 1 : Number.POSITIVE_INFINITY);
  if (value < minimum) walk.invalid(value, `must be greater than or equal to ${minimum}`);
  if (value > maximum) walk.invalid(value, `must be less than or equal to ${maximum}`);
}

function checkList(schema: Schema, value: readonly unknown[], walk: FieldWalk): void {
  const { items } = schema;
  if (items !== undefined) {
    for (let i = 0; i < value.length && !walk.isFull; i += 1) {
      walk.within(i, () => checkValue(items, value[i], walk));
    }
  }
  if (schema['x-kubernetes-list-type'] === 'map') checkKeys(schema, value, walk);
}

function checkKeys(schema: Schema, value: readonly unknown[], walk: FieldWalk): void {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    if (!isRecord(item)) continue;
    const key = JSON.stringify(keys.map((name) => quoted(item[name])));
    if (seen.has(key)) {
      const what = keys.map((name) => `${name} ${quoted(item[name])}`).join(', ');
      walk.add('FieldValueDuplicate', `Duplicate value: ${what}`, i);
    }
    seen.add(key);
  }
}

function checkFields(schema: Schema, value: Fields, walk: FieldWalk): void {
  const missing = (schema.required ?? []).filter((name) => isAbsent(value, name));
  for (const name of missing) walk.add('FieldValueRequired', 'Required value', name);
  checkExactlyOne(schema, value, walk);
  for (const name of Object.keys(value)) {
    if (walk.isFull) return;
    const form = formOf(schema, name);
    if (form === undefined || value[name] === undefined || missing.includes(name)) continue;
    walk.within(name, () => checkValue(form, value[name], walk));
  }
}

function isAbsent(value: Fields, name: string): boolean {
  return !Object.hasOwn(value, name) || value[name] === null || value[name] === undefined;
}

function formOf({ properties, additionalProperties }: Schema, name: string): Schema | undefined {
  if (properties !== undefined && Object.hasOwn(properties, name)) return properties[name];
  return additionalProperties === true ? undefined : additionalProperties;
}

function checkExactlyOne(schema: Schema, value: Fields, walk: FieldWalk): void {
  const choices = schema.exactlyOneOf;
  if (choices === undefined) return;
  const there = choices.filter((name) => Object.hasOwn(value, name));
  const wanted = `exactly one of ${choices.join(', ')}`;
  if (there.length === 0) walk.add('FieldValueRequired', `Required value: ${wanted}`);
  if (there.length > 1) {
    walk.add('FieldValueForbidden', `Forbidden: ${wanted}, got ${there.join(' and ')}`);
  }
}
