import type { Schema } from '#model/schema/schema.js';
import { isRecord } from '#profile/is-record.js';
import { FieldWalk } from './field-walk.ts';

const MOST = 100;

/** The paths of fields below a value that its schema does not know, at most 100. */
export function unknownIn(schema: Schema, value: unknown): readonly string[] {
  const found: string[] = [];
  look(schema, value, { walk: new FieldWalk(), found });
  return found;
}

interface Search {
  readonly walk: FieldWalk;
  readonly found: string[];
}

function look(schema: Schema, value: unknown, search: Search): void {
  if (search.found.length >= MOST) return;
  if (schema.sameFormAs !== undefined) look(schema.sameFormAs(), value, search);
  else if (Array.isArray(value)) lookInList(schema, value, search);
  else if (isRecord(value)) lookInFields(schema, value, search);
}

function lookInList({ items }: Schema, value: readonly unknown[], search: Search): void {
  if (items === undefined) return;
  for (let i = 0; i < value.length; i += 1) {
    if (isScalar(value[i])) continue;
    search.walk.within(i, () => look(items, value[i], search));
  }
}

function lookInFields(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  search: Search,
): void {
  const { properties = {}, additionalProperties } = schema;
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  for (const name of Object.keys(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const form = known ?? additionalProperties;
    if (form === undefined) {
      if (!isOpen && search.found.length < MOST) search.found.push(search.walk.field(name));
    } else if (form !== true && !isScalar(value[name])) {
      search.walk.within(name, () => look(form, value[name], search));
    }
  }
}

/** Has no fields. */
function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}
