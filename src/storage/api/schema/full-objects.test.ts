import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESOURCES } from '#model/schema/resources.js';
import type { Schema } from '#model/schema/schema.js';
import { isRecord } from '#profile/is-record.js';
import { checkAgainstSchema, unknownFields } from './check-object.ts';
import { FULL_OBJECTS } from './testing/full-objects.ts';

describe('schemas and types', () => {
  for (const resource of RESOURCES) {
    const object = FULL_OBJECTS[resource.kind];

    it(`take a full ${resource.kind} and know its every field`, () => {
      assert.deepEqual(checkAgainstSchema(resource, object), []);
      assert.deepEqual(unknownFields(resource, object), []);
    });

    it(`have no property of ${resource.kind} that the full object lacks`, () => {
      assert.deepEqual(unused(resource.schema, [object], ''), []);
    });
  }
});

/** The paths of properties that none of the values has. */
function unused(schema: Schema, values: readonly unknown[], path: string): readonly string[] {
  const { properties = {}, additionalProperties, items } = schema;
  const records = values.filter(isRecord);
  const here = Object.entries(properties).flatMap(([name, property]) => {
    const inner = records.map((one) => one[name]).filter((value) => value !== undefined);
    return inner.length === 0 ? [`${path}.${name}`] : unused(property, inner, `${path}.${name}`);
  });
  const members = records.flatMap((one) => Object.values(one));
  return [
    ...here,
    ...(isRecord(additionalProperties) ? unused(additionalProperties, members, `${path}.*`) : []),
    ...(items ? unused(items, values.filter(Array.isArray).flat(), `${path}[]`) : []),
  ];
}
