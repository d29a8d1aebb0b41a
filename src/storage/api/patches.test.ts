import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { Refusal } from './status.ts';

describe('applyMergePatch', () => {
  // The table of RFC 7386, appendix A.
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as const) {
    it(`makes ${JSON.stringify(result)} of ${JSON.stringify(target)} by ${JSON.stringify(patch)}`, () => {
      assert.deepEqual(applyMergePatch(target, patch), result);
    });
  }
});

/** Copies a value into its own innermost, again and again: 2 ** (times + 1) levels below `x`. */
function deepeningPatch(times: number): readonly object[] {
  const patch: object[] = [{ op: 'add', path: '/x', value: { a: {} } }];
  let innermost = '/a';
  for (let n = 0; n < times; n += 1) {
    patch.push({ op: 'copy', from: '/x', path: `/x${innermost}/a` });
    innermost += `/a${innermost}`;
  }
  return patch;
}

/** Moves all that there is below a new branch, again and again. */
const deepeningMoves = Array.from({ length: 300 }, () => [
  { op: 'add', path: '/new', value: { a: {} } },
  { op: 'add', path: '/old', value: {} },
  { op: 'move', from: '/old', path: '/new/a/old' },
  { op: 'move', from: '/new', path: '/old' },
])
  .flat()
  .filter(({ path }, at) => path !== '/old' || at % 4 === 3 || at === 1);

describe('applyJsonPatch', () => {
  // Most are the examples of RFC 6902, appendix A.
  for (const [target, patch, result] of [
    [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    [
      { foo: ['bar', 'baz'] },
      [{ op: 'add', path: '/foo/1', value: 'qux' }],
      { foo: ['bar', 'qux', 'baz'] },
    ],
    [{ baz: 1, foo: 2 }, [{ op: 'remove', path: '/baz' }], { foo: 2 }],
    [{ foo: [1, 2, 3] }, [{ op: 'remove', path: '/foo/1' }], { foo: [1, 3] }],
    [{ baz: 1 }, [{ op: 'replace', path: '/baz', value: 2 }], { baz: 2 }],
    [
      { foo: { bar: 1, waldo: 2 }, qux: {} },
      [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
      { foo: { bar: 1 }, qux: { thud: 2 } },
    ],
    [
      { foo: [1, 2, 3, 4] },
      [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
      { foo: [1, 3, 4, 2] },
    ],
    [{ foo: [1] }, [{ op: 'add', path: '/foo/-', value: ['a'] }], { foo: [1, ['a']] }],
    [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
    [
      { a: { b: [1] } },
      [
        { op: 'copy', from: '/a', path: '/c' },
        { op: 'add', path: '/c/b/0', value: 0 },
      ],
      { a: { b: [1] }, c: { b: [0, 1] } },
    ],
    [{ a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    [{ '': 1 }, [{ op: 'test', path: '/', value: 1 }], { '': 1 }],
  ] as const) {
    it(`makes ${JSON.stringify(result)} by ${JSON.stringify(patch)}`, () => {
      const before = structuredClone(target);
      assert.deepEqual(applyJsonPatch(target, patch), result);
      assert.deepEqual(target, before, 'the target stays as it is');
    });
  }

  for (const [patch, code] of [
    [[{ op: 'test', path: '/a', value: 2 }], 422],
    [[{ op: 'remove', path: '/b' }], 422],
    [[{ op: 'replace', path: '/b', value: 1 }], 422],
    [[{ op: 'add', path: '/b/c', value: 1 }], 422],
    [[{ op: 'add', path: '/l/5', value: 1 }], 422],
    [[{ op: 'add', path: '/l/01', value: 1 }], 422],
    [[{ op: 'remove', path: '/l/-' }], 422],
    [[{ op: 'move', from: '/l', path: '/l/0' }], 422],
    [[{ op: 'add', path: '/toString/x', value: 1 }], 422],
    [[{ op: 'add', path: '/__proto__/x', value: 1 }], 400],
    [[{ op: 'add', path: 'a', value: 1 }], 400],
    [[{ op: 'add', path: '/~2', value: 1 }], 400],
    [[{ op: 'add', path: '/a' }], 400],
    [[{ op: 'copy', path: '/a' }], 400],
    [[{ op: 'remove', path: '' }], 400],
    [[null], 400],
    [{}, 400],
    [Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 })), 413],
    [
      [
        { op: 'add', path: '/x', value: { y: [] } },
        ...Array.from({ length: 40 }, () => ({ op: 'copy', from: '/x', path: '/x/y/-' })),
      ],
      413,
    ],
    [
      [
        { op: 'add', path: '/x', value: 'y'.repeat(1_000_000) },
        ...Array.from({ length: 3_000 }, (_, n) => ({ op: 'copy', from: '/x', path: `/x${n}` })),
      ],
      413,
    ],
    [deepeningPatch(7), 422],
    [deepeningPatch(14), 422],
    [deepeningMoves, 422],
  ] as const) {
    it(`refuses ${JSON.stringify(patch).slice(0, 90)} with ${code}`, () => {
      assert.throws(
        () => applyJsonPatch({ a: 1, l: [1] }, patch),
        (error: Refusal) => error.status.code === code,
      );
    });
  }

  it('takes what is as deep as a body may be', () => {
    const result = applyJsonPatch({}, deepeningPatch(6));
    const depth = (value: object): number =>
      1 + Math.max(0, ...Object.values(value).map((each) => depth(each)));
    assert.equal(depth(result as object), 129);
  });

  it('is a patch or a refusal, whatever it is given', () => {
    const path = fc.constantFrom('', '/a', '/a/0', '/a/-', '/b/c', '/b', '/~0', 'x');
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path,
      from: path,
      value: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(operation), (target, patch) => {
        const before = JSON.stringify(target);
        try {
          applyJsonPatch(target, patch);
        } catch (reason) {
          assert.ok(reason instanceof Refusal, String(reason));
        }
        assert.equal(JSON.stringify(target), before);
      }),
    );
  });
});
