import type { Schema } from './schema.ts';

/** A text. `more` adds rules, for example `enum` or `pattern`. */
export function text(description: string, more: Schema = {}): Schema {
  return { type: 'string', description, ...more };
}

/** True or false. */
export function flag(description: string): Schema {
  return { type: 'boolean', description };
}

/** A whole number of 32 bits; `more` adds bounds. */
export function whole(description: string, more: Schema = {}): Schema {
  return { type: 'integer', format: 'int32', description, ...more };
}

/** A list. Writers in Go give `null` for an empty one, so that is taken. */
export function listOf(items: Schema, description: string): Schema {
  return { type: 'array', description, nullable: true, items };
}

/** A list of texts, likewise. */
export function texts(description: string): Schema {
  return listOf({ type: 'string' }, description);
}

/** An object whose keys are free; `null` is taken as an empty one. */
export function mapOf(values: Schema, description: string): Schema {
  return { type: 'object', description, nullable: true, additionalProperties: values };
}

/** An object with these properties, of which those in `required` must be there. */
export function record(
  description: string,
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return {
    type: 'object',
    description,
    properties,
    ...(required.length > 0 && { required }),
  };
}

/** An object of which nothing is known; everything in it is kept. `null` is taken as an empty one. */
export function anyObject(description: string): Schema {
  return {
    type: 'object',
    description,
    nullable: true,
    'x-kubernetes-preserve-unknown-fields': true,
  };
}
