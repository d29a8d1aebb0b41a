import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RESOURCES } from '#model/schema/resources.js';
import { objectJson, objectOf } from './row-json.ts';
import { PROFILES, profile, ServedApi } from './testing/served-api.ts';

function rowOf(body: string | undefined) {
  const metadata = '{"name":"a","resourceVersion":"7"}';
  const bytes = body === undefined ? undefined : Buffer.from(body);
  return { namespace: '', name: 'a', resourceVersion: 7, metadata, body: bytes };
}

describe('objectJson', () => {
  const [definition] = RESOURCES;
  assert.ok(definition);
  for (const body of ['{"spec":{"a":"⋯ü"}}', '{ "spec" : 1 }', '{}', '{ \n}', undefined]) {
    it(`puts an object together whose body is ${body}`, () => {
      const { apiVersion, kind, metadata, ...others } = objectOf(definition, rowOf(body));
      assert.deepEqual([kind, metadata.name], [definition.kind, 'a']);
      assert.ok(apiVersion.endsWith(definition.version));
      assert.deepEqual(others, JSON.parse(body ?? '{}'));
    });
  }

  it('leaves the bytes of the body as they are, between what is to stand around them', () => {
    const row = rowOf('{"b":1e3,"b":"\\u22ef"}');
    const json = objectJson(definition, row, ['<', '>']).toString();
    assert.match(json, /^<\{.*,"b":1e3,"b":"\\u22ef"\}>$/);
  });
});

describe('ApiServer', () => {
  it('tells the length of an object in bytes, whatever its letters', async () => {
    const api = await ServedApi.start();
    await api.create(profile('a', {}, { imageTag: 'ü⋯😀' }));
    const answers = [
      await fetch(`${api.server.url}${PROFILES}/a`),
      await fetch(`${api.server.url}${PROFILES}`),
    ];
    const [one, list] = await Promise.all(answers.map((answer) => answer.bytes()));
    assert.equal(answers[0]?.headers.get('content-length'), String(one?.length));
    const object = JSON.parse(Buffer.from(one ?? []).toString());
    assert.equal(object.spec.imageTag, 'ü⋯😀');
    assert.deepEqual(JSON.parse(Buffer.from(list ?? []).toString()).items, [object]);
    await api.stop();
  });
});
