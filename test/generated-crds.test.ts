import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { RESOURCES } from '../src/model/schema/resources.ts';
import { crd, crdManifests } from '../tools/generate-crds.ts';

const CRDS = new URL('../deploy/crds/', import.meta.url);

type Fields = Readonly<Record<string, unknown>>;

describe('deploy/crds', () => {
  it('has exactly the files that tools/generate-crds.ts writes', () => {
    const files = readdirSync(CRDS).filter((name) => name.endsWith('.yaml'));
    assert.deepEqual(
      files.sort(),
      crdManifests()
        .map(({ file }) => file)
        .sort(),
    );
    for (const { file, text } of crdManifests()) {
      assert.equal(
        readFileSync(new URL(file, CRDS), 'utf8'),
        text,
        `${file} is old: run node --conditions=source tools/generate-crds.ts`,
      );
    }
  });

  it('says in YAML what was meant', () => {
    for (const [i, { text }] of crdManifests().entries()) {
      const resource = RESOURCES[i];
      assert.ok(resource);
      assert.deepEqual(load(text), crd(resource));
    }
  });

  for (const resource of RESOURCES) {
    it(`has a structural schema for ${resource.kind}`, () => {
      const schema = schemaOf(crd(resource));
      assert.deepEqual((schema['properties'] as Fields)['metadata'], { type: 'object' });
      assert.deepEqual(flaws(schema, ''), []);
    });
  }
});

interface Manifest {
  readonly spec: {
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Fields } }];
  };
}

function schemaOf(manifest: object): Fields {
  return (manifest as Manifest).spec.versions[0].schema.openAPIV3Schema;
}

const KNOWN = new Set([
  ...['type', 'description', 'format', 'nullable', 'enum', 'pattern', 'required', 'oneOf'],
  ...['minLength', 'maxLength', 'minimum', 'maximum'],
  ...['properties', 'additionalProperties', 'items'],
  ...['x-kubernetes-preserve-unknown-fields'],
  ...['x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
]);

/** What the API server would refuse in a schema: the rules for structural schemas, as far as we could break them. */
function flaws(schema: Fields, path: string): readonly string[] {
  const { properties, items, additionalProperties } = schema as Readonly<
    Record<string, Fields | undefined>
  >;
  const found: string[] = Object.keys(schema)
    .filter((key) => !KNOWN.has(key))
    .map((key) => `${path}: ${key} is not known`);
  if (typeof schema['type'] !== 'string') found.push(`${path}: no type`);
  if (properties && additionalProperties) found.push(`${path}: both kinds of properties`);
  if (additionalProperties && path === '') found.push('additionalProperties at the root');
  if ((schema['type'] === 'array') !== (items !== undefined)) found.push(`${path}: items`);
  const names = Object.keys(properties ?? {});
  for (const one of requiredOf(schema)) {
    if (!names.includes(one)) found.push(`${path}: ${one} is required but no property`);
  }
  return [
    ...found,
    ...choiceFlaws(schema, path),
    ...(schema['x-kubernetes-list-type'] === 'map' ? keyFlaws(schema, path) : []),
    ...Object.entries(properties ?? {}).flatMap(([name, inner]) =>
      flaws(inner as Fields, `${path}.${name}`),
    ),
    ...(items ? flaws(items, `${path}[]`) : []),
    ...(additionalProperties ? flaws(additionalProperties, `${path}.*`) : []),
  ];
}

function requiredOf(schema: Fields): readonly string[] {
  return (schema['required'] as readonly string[] | undefined) ?? [];
}

/** A choice may only say what is required, of properties that stand outside of it. */
function choiceFlaws(schema: Fields, path: string): readonly string[] {
  const names = Object.keys((schema['properties'] as Fields | undefined) ?? {});
  const choices = (schema['oneOf'] as readonly Fields[] | undefined) ?? [];
  return choices.flatMap((choice) => [
    ...Object.keys(choice)
      .filter((key) => key !== 'required')
      .map((key) => `${path}: ${key} within oneOf`),
    ...requiredOf(choice)
      .filter((name) => !names.includes(name))
      .map((name) => `${path}: oneOf requires ${name}`),
  ]);
}

/** Keys of a list must be scalars that are always there, in items that are never null. */
function keyFlaws(schema: Fields, path: string): readonly string[] {
  const items = schema['items'] as Fields;
  const keys = (schema['x-kubernetes-list-map-keys'] as readonly string[] | undefined) ?? [];
  const properties = (items['properties'] ?? {}) as Readonly<Record<string, Fields>>;
  return [
    ...(keys.length === 0 ? [`${path}: no keys`] : []),
    ...(items['nullable'] === true ? [`${path}: items may be null`] : []),
    ...keys
      .filter((key) => !requiredOf(items).includes(key) || properties[key]?.['type'] !== 'string')
      .map((key) => `${path}: key ${key}`),
  ];
}
