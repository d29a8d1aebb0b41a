import { OBJECT_META } from '#model/schema/object-meta.js';
import type { ResourceDefinition } from '#model/schema/resource.js';
import type { Schema } from '#model/schema/schema.js';
import { isRecord } from '#profile/is-record.js';
import { checkKind } from './check-kind.ts';
import { checkMetadata } from './check-metadata.ts';
import { checkValue } from './check-value.ts';
import { type FieldProblem, quoted } from './field-problem.ts';
import { FieldWalk } from './field-walk.ts';
import { isTooDeep } from './nesting.ts';
import { unknownIn } from './unknown-fields.ts';

/**
 * What is wrong with an object of this kind, at most 32 problems; none when it may be stored. Takes
 * anything at all, in time linear in its size, and never throws. Fields that the schema does not know are no
 * problem: {@link unknownFields} names them.
 */
export function checkAgainstSchema(
  resource: ResourceDefinition,
  object: unknown,
): readonly FieldProblem[] {
  const walk = new FieldWalk();
  if (isTooDeep(object)) walk.add('FieldValueInvalid', 'Invalid value: nested too deep');
  else if (isRecord(object)) checkWhole(resource, object, walk);
  else
    walk.add('FieldValueTypeInvalid', `Invalid value: ${quoted(object)}: must be of type object`);
  return walk.problems;
}

function checkWhole(
  resource: ResourceDefinition,
  object: Readonly<Record<string, unknown>>,
  walk: FieldWalk,
): void {
  checkConstant('apiVersion', [object['apiVersion'], apiVersionOf(resource)], walk);
  checkConstant('kind', [object['kind'], resource.kind], walk);
  walk.within('metadata', () => checkMetadata(resource, object['metadata'], walk));
  checkValue(resource.schema, object, walk);
  checkKind(resource.kind, object, walk);
}

function checkConstant(
  field: string,
  [value, expected]: readonly [unknown, string],
  walk: FieldWalk,
): void {
  if (value === expected) return;
  if (value === undefined) walk.add('FieldValueRequired', 'Required value', field);
  else walk.within(field, () => walk.invalid(value, `must be ${expected}`));
}

/**
 * The paths of fields that nothing is known of, for example `spec.execs[3].pth`, at most 100. They are
 * what `fieldValidation=Strict` refuses. Never throws.
 */
export function unknownFields(resource: ResourceDefinition, object: unknown): readonly string[] {
  if (isTooDeep(object)) return [];
  return unknownIn(wholeSchema(resource), object);
}

/** The schema of the whole object. */
function wholeSchema({ schema }: ResourceDefinition): Schema {
  const properties = {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: OBJECT_META,
    ...schema.properties,
  } as const;
  return { ...schema, properties };
}

function apiVersionOf({ group, version }: ResourceDefinition): string {
  return group === '' ? version : `${group}/${version}`;
}
