import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { pathSearch, pathTokens } from './entry-search.ts';
import { EntryTable, tableWords } from './entry-table.ts';
import { matchesPath } from './path-pattern.ts';
import { ProfilePools } from './profile-pools.ts';

function tableOf(paths: readonly string[], listOf = (path: string) => [path]) {
  const pools = new ProfilePools(1);
  const entries = paths.map((path) => {
    const pattern = pathTokens(path);
    const entry = {
      text: pools.strings.acquire(path),
      group: pools.groups.acquire([listOf(path)]),
    };
    return pattern === undefined ? entry : { ...entry, pattern };
  });
  const table = new EntryTable(Uint32Array.from(tableWords(entries, pools)), pools);
  const covering = (path: string) =>
    new Set(table.covering(pathSearch(path)).map((i) => pools.strings.textOf(table.textAt(i))));
  return { pools, table, covering };
}

describe('EntryTable', () => {
  it('offers exactly the entries that cover a path, however many there are', () => {
    const segments = fc.array(fc.constantFrom('a', 'b', '⋯', '*'), { minLength: 1, maxLength: 5 });
    const paths = fc.uniqueArray(
      segments.map((parts) => `/${parts.join('/')}`),
      { maxLength: 12 },
    );
    const asked = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
      .map((parts) => `/${parts.join('/')}`);
    fc.assert(
      fc.property(paths, asked, (known, path) => {
        const { covering, table } = tableOf(known);
        const expected = new Set(known.filter((entry) => matchesPath(entry, path)));
        assert.deepEqual(covering(path), expected);
        assert.equal(table.some(pathSearch(path)), expected.size > 0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('asks the groups of covering entries, texts first, until one passes', () => {
    const { table } = tableOf(['/a', '/⋯', '/*', '/b']);
    const asked: number[] = [];
    const search = pathSearch('/a');
    assert.ok(table.some(search, (group) => asked.push(group) === 1));
    assert.equal(asked.length, 1);
    assert.ok(!table.some(search, (group) => asked.push(group) === 0));
    assert.equal(asked.length, 4);
  });

  for (const groups of [1, 2, 256, 257]) {
    it(`knows the group of each of 1,000 texts that have ${groups}`, () => {
      const listOf = (path: string) => [`${Number(path.slice(1)) % groups}`];
      const paths = Array.from({ length: 1_000 }, (_, i) => `/${i}`);
      const { pools, table } = tableOf(paths, listOf);
      for (const path of paths) {
        const [index = -1] = table.covering(pathSearch(path));
        assert.deepEqual(pools.groups.listsOf(table.groupAt(index)), [listOf(path)]);
      }
    });
  }

  it('does not take long on patterns made to be hard', () => {
    const known = Array.from({ length: 50 }, (_, i) => `${'/*/a'.repeat(20)}/${i}`);
    const { covering } = tableOf(known);
    // Some 1,000 places times 500 segments; without the bound it would outlast the universe.
    assert.deepEqual(covering('/a'.repeat(500)), new Set());
  });

  it('gives everything back', () => {
    const { pools, table } = tableOf(['/a', '/a/', '/⋯/b', '/*/b/⋯', '/']);
    assert.ok(pools.strings.size > 5);
    table.release();
    assert.deepEqual([pools.strings.size, pools.groups.size], [0, 0]);
  });
});
