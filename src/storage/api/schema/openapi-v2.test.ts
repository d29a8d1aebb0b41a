import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESOURCES } from '#model/schema/resources.js';
import { openApiV2Json, openApiV2Protobuf } from './openapi-v2.ts';
import { type DecodedMessage, decodeMessage } from './testing/wire-decoder.ts';

const PROFILE = 'io.kubescape.softwarecomposition.spdx.v1beta1.ContainerProfile';
const json = openApiV2Json(RESOURCES);
const document = decodeMessage(openApiV2Protobuf(RESOURCES));

/** The entries of one of gnostic's maps: lists of a name (1) and a value (2). */
function entries(map: DecodedMessage, field: number): ReadonlyMap<string, DecodedMessage> {
  return new Map(map.messages(field).map((one) => [one.text(1), one.message(2)]));
}

const definitions = entries(document.message(9), 1);

function definition(name: string): DecodedMessage {
  const found = definitions.get(name);
  assert.ok(found, name);
  return found;
}

/** The schema of a property, by the path of properties and, for `[]`, of items. */
function schemaAt(from: DecodedMessage, path: readonly string[]): DecodedMessage {
  return path.reduce((schema, step) => {
    if (step === '[]') return schema.message(23).message(1);
    const property = entries(schema.message(25), 1).get(step);
    assert.ok(property, step);
    return property;
  }, from);
}

describe('openApiV2Json', () => {
  it('refers to nothing that it does not have, and has neither nullable nor oneOf', () => {
    const text = JSON.stringify(json);
    for (const [, name = ''] of text.matchAll(/"#\/definitions\/([^"]+)"/g)) {
      assert.ok(json.definitions[name], name);
    }
    assert.doesNotMatch(text, /"nullable"|"oneOf"|"allOf"|#\/components/);
  });
});

describe('openApiV2Protobuf', () => {
  it('has every path and definition of the JSON form', () => {
    assert.equal(document.text(1), '2.0');
    assert.deepEqual([...definitions.keys()], Object.keys(json.definitions));
    const paths = [...entries(document.message(8), 2).keys()];
    assert.deepEqual(paths, Object.keys(json.paths));
  });

  it('says types, formats, required fields and items as gnostic numbers them', () => {
    const profile = definition(PROFILE);
    const exec = schemaAt(profile, ['spec', 'execs', '[]']);
    assert.deepEqual(exec.texts(19), ['path']);
    assert.equal(exec.message(22).text(1), 'object');
    assert.equal(schemaAt(exec, ['path']).message(22).text(1), 'string');
    assert.match(schemaAt(exec, ['path']).text(4), /^Path of the executable/);
    const port = schemaAt(profile, ['spec', 'egress', '[]', 'ports', '[]', 'port']);
    assert.equal(port.text(2), 'int32');
    assert.equal(port.double(7), 65_535);
    const labels = schemaAt(profile, ['spec', 'matchLabels']);
    assert.equal(labels.message(21).message(1).message(22).text(1), 'string');
    const metadata = schemaAt(profile, ['metadata']);
    assert.equal(metadata.text(1), '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    const operator = schemaAt(profile, ['spec', 'matchExpressions', '[]', 'operator']);
    assert.deepEqual(
      operator.messages(20).map((one) => JSON.parse(one.text(2))),
      ['In', 'NotIn', 'Exists', 'DoesNotExist'],
    );
  });

  it('carries group, version and kind as an extension whose text is YAML', () => {
    const extension = definition(PROFILE).message(31);
    assert.equal(extension.text(1), 'x-kubernetes-group-version-kind');
    assert.deepEqual(JSON.parse(extension.message(2).text(2)), [
      {
        group: 'spdx.softwarecomposition.kubescape.io',
        kind: 'ContainerProfile',
        version: 'v1beta1',
      },
    ]);
  });

  it('says of a patch that it runs dry, where kubectl looks for it', () => {
    const path =
      '/apis/spdx.softwarecomposition.kubescape.io/v1beta1/namespaces/{namespace}/containerprofiles/{name}';
    const item = entries(document.message(8), 2).get(path);
    const patch = item?.message(8);
    assert.ok(item && patch);
    const [body, ...rest] = patch.messages(8).map((one) => one.message(1));
    assert.equal(body?.message(1).text(2), 'body');
    const query = rest.map((one) => one.message(2).message(3));
    assert.ok(query.some((one) => one.text(4) === 'dryRun' && one.text(2) === 'query'));
    assert.ok(query.every((one) => one.text(6) !== ''));
    const inPath = item.messages(9).map((one) => one.message(1).message(2).message(4).text(4));
    assert.deepEqual(inPath, ['namespace', 'name']);
    const extensions = patch.messages(13).map((one) => one.text(1));
    assert.deepEqual(extensions, ['x-kubernetes-action', 'x-kubernetes-group-version-kind']);
  });
});
