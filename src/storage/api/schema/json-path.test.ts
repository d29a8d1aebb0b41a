import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseJsonPath, valueAt } from './json-path.ts';

describe('parseJsonPath', () => {
  it('reads fields, quoted keys and indexes', () => {
    assert.deepEqual(parseJsonPath(".metadata.annotations['a\\.b/c-d']"), [
      'metadata',
      'annotations',
      'a.b/c-d',
    ]);
    assert.deepEqual(parseJsonPath('.spec.rules[0].id'), ['spec', 'rules', '0', 'id']);
  });

  it('refuses what a column cannot say', () => {
    for (const path of ['spec', '.', '.a[*]', '.a..b', ".a['b", '.a[?(@.b)]']) {
      assert.throws(() => parseJsonPath(path), { code: 'invalid' });
    }
  });
});

describe('valueAt', () => {
  it('finds what is there and nothing else', () => {
    const object = { spec: { rules: [{ id: 'R1' }] } };
    assert.equal(valueAt(object, ['spec', 'rules', '0', 'id']), 'R1');
    assert.equal(valueAt(object, ['spec', 'rules', '1', 'id']), undefined);
    assert.equal(valueAt(object, ['constructor']), undefined);
    assert.equal(valueAt(null, ['spec']), undefined);
  });
});
