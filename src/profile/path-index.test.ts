import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { indexKey, PathIndex } from './path-index.ts';
import { matchesPath } from './path-pattern.ts';

function indexOf(paths: readonly string[]): PathIndex<string> {
  return new PathIndex(new Map(paths.map((path) => [indexKey(path), path])));
}

/** Every value that an index offers for a path. */
function offered(index: PathIndex<string>, path: string): Set<string> {
  const seen = new Set<string>();
  index.some(path, (value) => {
    seen.add(value);
    return false;
  });
  return seen;
}

describe('PathIndex', () => {
  it('offers exactly the paths that match, however many there are', () => {
    const segments = fc.array(fc.constantFrom('a', 'b', '⋯', '*'), { minLength: 1, maxLength: 5 });
    const patterns = fc.uniqueArray(
      segments.map((parts) => `/${parts.join('/')}`),
      { maxLength: 12 },
    );
    const path = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(patterns, path, (known, asked) => {
        const expected = new Set(known.filter((pattern) => matchesPath(pattern, asked)));
        assert.deepEqual(offered(indexOf(known), asked), expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('stops at the first value that passes', () => {
    let asked = 0;
    const index = indexOf(['/a', '/⋯', '/*']);
    const found = index.some('/a', () => {
      asked += 1;
      return true;
    });
    assert.deepEqual([found, asked], [true, 1]);
  });

  it('keeps the values of two patterns that mean the same', () => {
    const index = indexOf(['/a/*', '/a/*/*']);
    assert.deepEqual(offered(index, '/a/x'), new Set(['/a/*', '/a/*/*']));
  });

  it('finds the root, and nothing for the empty path', () => {
    const index = indexOf(['/', '*']);
    assert.deepEqual(offered(index, '/'), new Set(['/', '*']));
    assert.deepEqual(offered(index, ''), new Set());
  });

  it('does not take long on patterns made to be hard', () => {
    const known = Array.from({ length: 50 }, (_, i) => `${'/*/a'.repeat(20)}/${i}`);
    assert.deepEqual(offered(indexOf(known), '/a'.repeat(500)), new Set());
  });

  it('lists every path with its value, the root as /', () => {
    assert.deepEqual(
      [...indexOf(['/⋯', '/b/', '/']).entries()].map(([path]) => path),
      ['/b', '/', '/⋯'],
    );
  });
});
