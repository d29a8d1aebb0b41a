import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESOURCES } from '#model/schema/resources.js';
import { openApiV3Document, openApiV3Index } from './openapi-v3.ts';

const SPDX = 'apis/spdx.softwarecomposition.kubescape.io/v1beta1';

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly [field: string]: unknown;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> };
}

function documentOf(group: string, version: string): Document {
  const document = openApiV3Document(RESOURCES, { group, version });
  assert.ok(document);
  return document as Document;
}
const documents = [
  documentOf('spdx.softwarecomposition.kubescape.io', 'v1beta1'),
  documentOf('kubescape.io', 'v1'),
];

describe('openApiV3Index', () => {
  it('gives each document an address that changes with it', () => {
    const urls = (resources: typeof RESOURCES) =>
      (openApiV3Index(resources) as { paths: Record<string, { serverRelativeURL: string }> }).paths;
    const all = urls(RESOURCES);
    assert.deepEqual(Object.keys(all), [SPDX, 'apis/kubescape.io/v1']);
    const url = all[SPDX]?.serverRelativeURL ?? '';
    assert.match(url, new RegExp(`^/openapi/v3/${SPDX}\\?hash=[0-9A-F]{64}$`));
    assert.equal(urls(RESOURCES)[SPDX]?.serverRelativeURL, url);
    assert.notEqual(urls(RESOURCES.slice(1))[SPDX]?.serverRelativeURL, url);
  });
});

describe('openApiV3Document', () => {
  it('is not there for a version that is not served', () => {
    assert.equal(openApiV3Document(RESOURCES, { group: 'kubescape.io', version: 'v2' }), undefined);
  });

  it('refers to nothing that it does not have', () => {
    for (const { components, paths } of documents) {
      const text = JSON.stringify({ components, paths });
      for (const [, name = ''] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
        assert.ok(components.schemas[name], name);
      }
    }
  });

  it('has for each kind the path by which kubectl explain finds it', () => {
    for (const resource of RESOURCES) {
      const { group, version, kind, plural } = resource;
      const { paths, components } = documentOf(group, version);
      const all = paths[`/apis/${group}/${version}/${plural}`];
      const one = resource.namespaced
        ? `/apis/${group}/${version}/namespaces/{namespace}/${plural}/{name}`
        : `/apis/${group}/${version}/${plural}/{name}`;
      const gvk = { group, kind, version };
      assert.deepEqual(all?.['get']?.['x-kubernetes-group-version-kind'], gvk);
      assert.equal(all?.['get']?.['x-kubernetes-action'], 'list');
      assert.deepEqual(Object.keys(paths[one] ?? {}), [
        'parameters',
        'get',
        'put',
        'patch',
        'delete',
      ]);
      const schema = Object.values(components.schemas).find((candidate) =>
        JSON.stringify(candidate['x-kubernetes-group-version-kind'])?.includes(`"${kind}"`),
      );
      assert.equal(schema?.['description'], resource.description);
    }
  });

  it('says of every write that the server checks fields and runs dry', () => {
    for (const { paths } of documents) {
      for (const operations of Object.values(paths)) {
        for (const method of ['post', 'put', 'patch']) {
          const parameters = operations[method]?.parameters;
          if (parameters === undefined) continue;
          const names = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
          assert.ok(names.includes('fieldValidation') && names.includes('dryRun'));
        }
      }
    }
  });

  it('describes every field of every kind', () => {
    for (const { components } of documents) {
      for (const [name, schema] of Object.entries(components.schemas)) {
        assert.deepEqual(undescribed(schema, name), []);
      }
    }
  });

  it('offers no operation that a resource does not allow', () => {
    const resources = RESOURCES.map((one) => ({ ...one, verbs: ['get', 'list', 'watch'] }));
    const document = openApiV3Document(resources, { group: 'kubescape.io', version: 'v1' });
    const { paths } = document as Document;
    const methods = Object.values(paths).flatMap((path) => Object.keys(path));
    assert.deepEqual([...new Set(methods)].sort(), ['get', 'parameters']);
  });
});

function undescribed(schema: Record<string, unknown>, path: string): readonly string[] {
  const properties = (schema['properties'] ?? {}) as Record<string, Record<string, unknown>>;
  const items = schema['items'] as Record<string, unknown> | undefined;
  return [
    ...Object.entries(properties).flatMap(([name, property]) => [
      ...(property['description'] ? [] : [`${path}.${name}`]),
      ...undescribed(property, `${path}.${name}`),
    ]),
    ...(items ? undescribed(items, `${path}[]`) : []),
  ];
}
