import type { Schema } from './schema.ts';

/** A schema as it is published: plain JSON in the words of OpenAPI v3. */
export type PublishedSchema = Readonly<Record<string, unknown>>;

/**
 * A schema in the words of OpenAPI v3 that a CustomResourceDefinition takes too: `exactlyOneOf` becomes
 * `oneOf`, and what clients cannot be told is left out.
 */
export function publishedSchema(schema: Schema): PublishedSchema {
  const { properties, items, additionalProperties, exactlyOneOf, sameFormAs, ...plain } = schema;
  return {
    ...plain,
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [name, publishedSchema(property)]),
      ),
    }),
    ...(items && { items: publishedSchema(items) }),
    ...(additionalProperties && {
      additionalProperties: additionalProperties === true || publishedSchema(additionalProperties),
    }),
    ...(exactlyOneOf && { oneOf: exactlyOneOf.map((name) => ({ required: [name] })) }),
  };
}
