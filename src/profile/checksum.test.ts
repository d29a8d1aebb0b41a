import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contentChecksum, syncChecksum } from './checksum.ts';

const KUBECTL = 'kubectl.kubernetes.io/last-applied-configuration';

describe('syncChecksum', () => {
  it('gives the value that the public implementation gives', () => {
    // Test vector of the jsonhash library.
    const vector = {
      digit: 1,
      string: 'one',
      object: { sub: 'two' },
      array: [1, 'two', 3.14151926, null],
      nil: null,
    };
    assert.equal(
      syncChecksum(vector),
      'c8a90854f9f95f281d13874390649c70d9b3375b98d4e0201c6aaedf772eb483',
    );
  });

  it('does not depend on the order of keys and of array elements', () => {
    assert.equal(
      syncChecksum({ a: ['x', 'y', { b: 1, c: true }], d: null }),
      syncChecksum({ d: null, a: [{ c: true, b: 1 }, 'y', 'x'] }),
    );
  });

  it('tells values, types and missing members apart', () => {
    const objects = [{ a: '1' }, { a: 1 }, { a: true }, { a: null }, { a: [] }, { a: ['1'] }, {}];
    assert.equal(new Set(objects.map(syncChecksum)).size, objects.length);
  });

  it('leaves out what the store and kubectl write themselves, and changes nothing', () => {
    const plain = { kind: 'X', metadata: { name: 'n', annotations: { mine: '1' } }, status: {} };
    const written = {
      kind: 'X',
      metadata: {
        name: 'n',
        managedFields: [{ manager: 'kubectl' }],
        annotations: { mine: '1', [KUBECTL]: '{}', 'kubescape.io/sync-checksum': 'old' },
      },
      status: { conditions: [1] },
    };
    const before = structuredClone(written);
    assert.equal(syncChecksum(written), syncChecksum(plain));
    assert.deepEqual(written, before);
    const other = { ...plain, metadata: { ...plain.metadata, annotations: { mine: '2' } } };
    assert.notEqual(syncChecksum(other), syncChecksum(plain));
  });
});

describe('contentChecksum', () => {
  it('depends on the order of elements, not on that of keys', () => {
    assert.notEqual(contentChecksum(['a', 'b']), contentChecksum(['b', 'a']));
    assert.equal(contentChecksum({ a: 1, b: [2] }), contentChecksum({ b: [2], a: 1 }));
  });

  it('takes absent and null members for equal', () => {
    assert.equal(contentChecksum({ a: 1, b: null }), contentChecksum({ a: 1 }));
  });
});
