import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OpenCall } from '#model/profile.js';
import { matchesPath } from '../path-pattern.ts';
import { collapseOpens } from './collapse-opens.ts';
import type { CollapseSettings } from './collapse-settings.ts';

type PathSettings = Pick<CollapseSettings, 'openThreshold' | 'prefixes' | 'imageFiles'>;

function settings(openThreshold: number, prefixes: Readonly<Record<string, number>> = {}) {
  const list = Object.entries(prefixes).map(([prefix, threshold]) => ({ prefix, threshold }));
  return { openThreshold, prefixes: list } satisfies PathSettings;
}

function numbered(count: number, pathOf: (i: number) => string): readonly OpenCall[] {
  return Array.from({ length: count }, (_, i) => ({ path: pathOf(i), flags: ['O_RDONLY'] }));
}

function pathsOf(
  opens: readonly OpenCall[],
  given: PathSettings,
  imageFiles?: ReadonlySet<string>,
): readonly string[] {
  return collapseOpens(opens, { ...given, imageFiles }).map(({ path }) => path);
}

describe('collapseOpens', () => {
  const CASES: readonly (readonly [string, PathSettings, readonly string[], readonly string[]])[] =
    [
      [
        'makes one pattern of a folder with more children than the threshold',
        settings(2),
        ['/job/1/out', '/job/2/out', '/job/3/out'],
        ['/job/⋯/out'],
      ],
      [
        'keeps as many children as the threshold',
        settings(3),
        ['/job/1/out', '/job/2/out', '/job/3/out'],
        ['/job/1/out', '/job/2/out', '/job/3/out'],
      ],
      [
        'makes anything below a threshold of 1 one pattern',
        settings(50, { '/cache': 1 }),
        ['/cache/a/b/c', '/cachet'],
        ['/cache/*', '/cachet'],
      ],
      [
        'writes adjacent patterns as one',
        settings(1.5),
        ['/a/1/x/f', '/a/1/y/f', '/a/2/x/f', '/a/2/y/f'],
        ['/a/*/f'],
      ],
      [
        'keeps what lies deeper than the pattern, below it',
        settings(50, { '/conf': 2 }),
        ['/conf/a', '/conf/b', '/conf/d/x/y'],
        ['/conf/⋯', '/conf/⋯/x/y'],
      ],
      [
        'counts children of one name once for each folder that was united',
        settings(2),
        ['/d/a/log/f', '/d/b/log/f', '/d/c/log/f'],
        ['/d/⋯/log/⋯'],
      ],
      [
        'lets one folder collapse and leaves its neighbor',
        settings(2),
        ['/p/1', '/p/2', '/p/3', '/q/1', '/q/2'],
        ['/p/⋯', '/q/1', '/q/2'],
      ],
      [
        'takes the threshold of the longest prefix',
        settings(1.5, { '/etc': 9, '/etc/web': 2 }),
        ['/etc/a', '/etc/b', '/etc/c', '/etc/web/1', '/etc/web/2', '/etc/web/3'],
        ['/etc/a', '/etc/b', '/etc/c', '/etc/web/⋯'],
      ],
      [
        'takes patterns that are given as they are',
        settings(50),
        ['/x/⋯/y', '/x/1/y', '/x/1/z', '/l/*', '/l/1/2', '/m/*/n', '/m/1/2/n'],
        ['/l/*', '/m/*/n', '/x/⋯/y', '/x/⋯/z'],
      ],
      ['cleans paths', settings(50), ['//a/./b/../c/', ''], ['.', '/a/c']],
    ];
  for (const [title, given, paths, collapsed] of CASES) {
    it(title, () => {
      const opens = paths.map((path) => ({ path }));
      assert.deepEqual(pathsOf(opens, given), collapsed);
    });
  }

  it('unites the flags of all entries that become one', () => {
    const opens = [
      { path: '/t/⋯', flags: ['O_RDWR'] },
      { path: '/t/a', flags: ['O_RDONLY', 'O_CREAT'] },
      { path: '/u', flags: ['O_RDWR'] },
      { path: '/u', flags: ['O_RDONLY'] },
      { path: '/v', flags: null },
    ];
    assert.deepEqual(collapseOpens(opens, settings(50)), [
      { path: '/t/⋯', flags: ['O_CREAT', 'O_RDONLY', 'O_RDWR'] },
      { path: '/u', flags: ['O_RDONLY', 'O_RDWR'] },
      { path: '/v', flags: [] },
    ]);
  });

  it('lets files of the image count, and keeps them beside the pattern', () => {
    const opens = numbered(4, (i) => `/lib/${i}.so`);
    const image = new Set(['/lib/1.so', '/lib/never.so']);
    assert.deepEqual(pathsOf(opens, settings(3), image), ['/lib/1.so', '/lib/⋯']);
    const all = new Set(opens.map(({ path }) => path));
    assert.deepEqual(pathsOf(opens, settings(3), all), [...all]);
  });

  it('sorts by bytes', () => {
    const paths = ['/\u{1f600}', '/\uffee', '/a'];
    const opens = paths.map((path) => ({ path }));
    assert.deepEqual(pathsOf(opens, settings(50)), ['/a', '/\uffee', '/\u{1f600}']);
  });

  it('takes 100,000 siblings and very deep paths', () => {
    assert.deepEqual(
      pathsOf(
        numbered(100_000, (i) => `/tmp/${i}`),
        settings(50),
      ),
      ['/tmp/⋯'],
    );
    const deep = ['/a'.repeat(100_000), '/b'.repeat(100_000)].map((path) => ({ path }));
    assert.equal(collapseOpens(deep, settings(50)).length, 2);
  });
});

describe('collapseOpens, whatever it is given', () => {
  const segment = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '⋯', '*');
  const anyPath = fc
    .array(segment, { minLength: 1, maxLength: 5 })
    .map((parts) => `/${parts.join('/')}`);
  const literal = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 5 })
    .map((parts) => `/${parts.join('/')}`);
  const opensOf = (path: fc.Arbitrary<string>) =>
    fc.array(fc.record({ path, flags: fc.subarray(['O_RDONLY', 'O_RDWR', 'O_CREAT']) }), {
      maxLength: 30,
    });
  const given = fc.constantFrom(settings(2), settings(3), settings(2, { '/a': 1, '/b/c': 4 }));
  const image = fc.array(literal, { maxLength: 4 }).map((paths) => new Set(paths));

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(opensOf(anyPath), given, image, (opens, config, files) => {
        const once = collapseOpens(opens, { ...config, imageFiles: files });
        assert.deepEqual(collapseOpens(once, { ...config, imageFiles: files }), once);
      }),
    );
  });

  it('gives the same whatever the order', () => {
    const pair = opensOf(anyPath).chain((opens) =>
      fc.tuple(fc.constant(opens), fc.shuffledSubarray(opens, { minLength: opens.length })),
    );
    fc.assert(
      fc.property(pair, given, image, ([opens, shuffled], config, files) => {
        assert.deepEqual(
          collapseOpens(shuffled, { ...config, imageFiles: files }),
          collapseOpens(opens, { ...config, imageFiles: files }),
        );
      }),
    );
  });

  it('covers every path with its flags, in one go or in parts', () => {
    fc.assert(
      fc.property(opensOf(literal), opensOf(literal), given, (first, second, config) => {
        const inParts = collapseOpens([...collapseOpens(first, config), ...second], config);
        for (const { path, flags } of [...first, ...second]) {
          const covering = inParts.filter((open) => matchesPath(open.path, path));
          assert.ok(covering.length > 0, path);
          for (const flag of flags) assert.ok(covering.some((open) => open.flags?.includes(flag)));
        }
      }),
    );
  });

  it('finds no other paths when it sees again what it has seen', () => {
    fc.assert(
      fc.property(opensOf(literal), given, (opens, config) => {
        const once = collapseOpens(opens, config);
        const paths = once.map(({ path }) => path);
        assert.deepEqual(pathsOf([...once, ...opens], config), paths);
      }),
    );
  });
});
