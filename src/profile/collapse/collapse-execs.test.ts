import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ExecCall } from '#model/profile.js';
import { collapseExecs } from './collapse-execs.ts';

type Vectors = readonly (readonly string[])[];

function execs(vectors: Vectors, path = '/bin/p'): readonly ExecCall[] {
  return vectors.map((args) => ({ path, args }));
}

function vectorsOf(vectors: Vectors, execThreshold: number): Vectors {
  return collapseExecs(execs(vectors), { execThreshold, prefixes: [] }).map(
    ({ args }) => args ?? [],
  );
}

describe('collapseExecs', () => {
  const CASES: readonly (readonly [string, number, Vectors, Vectors])[] = [
    [
      'makes an argument that varies one pattern',
      2,
      [
        ['p', '1'],
        ['p', '2'],
        ['p', '3'],
      ],
      [['p', '⋯']],
    ],
    [
      'keeps as many values as the threshold',
      2,
      [
        ['p', '1'],
        ['p', '2'],
      ],
      [
        ['p', '1'],
        ['p', '2'],
      ],
    ],
    [
      'looks at vectors of one length together',
      2,
      [
        ['p', '1'],
        ['p', '2'],
        ['p', '3'],
        ['p', '-v', '1'],
      ],
      [
        ['p', '-v', '1'],
        ['p', '⋯'],
      ],
    ],
    [
      'lets only the argument collapse that varies',
      2,
      [
        ['p', 'a', '1'],
        ['p', 'a', '2'],
        ['p', 'a', '3'],
        ['p', 'b', '1'],
      ],
      [
        ['p', 'a', '⋯'],
        ['p', 'b', '1'],
      ],
    ],
    [
      'allows any arguments when too many vectors are left',
      2,
      [['p'], ['p', '1'], ['p', '1', '2']],
      [['p', '⋯⋯']],
    ],
    [
      'finds the form of the paths that programs are called by',
      2,
      [
        ['/t/1/run', 'x'],
        ['/t/2/run', 'x'],
        ['/t/3/run', 'x'],
      ],
      [['/t/⋯/run', 'x']],
    ],
    [
      'gives up on names that have no form',
      2,
      [
        ['awk', '-V'],
        ['gawk', '-V'],
        ['mawk', '-V'],
      ],
      [['⋯', '-V']],
    ],
    [
      'counts nothing that a pattern covers already',
      2,
      [
        ['p', '-c', '⋯⋯'],
        ['p', '-c'],
        ['p', '-c', '1'],
        ['p', '-c', '1', '2'],
        ['p', '-x'],
      ],
      [
        ['p', '-c', '⋯⋯'],
        ['p', '-x'],
      ],
    ],
    [
      'drops a pattern that a wider one covers, and keeps one of two that are equal',
      9,
      [
        ['p', '⋯⋯'],
        ['p', '-c', '⋯⋯'],
        ['q', '⋯⋯'],
        ['q', '⋯⋯', '⋯⋯'],
      ],
      [
        ['p', '⋯⋯'],
        ['q', '⋯⋯'],
      ],
    ],
    [
      'takes a star for itself',
      9,
      [
        ['p', '*'],
        ['p', 'x'],
        ['p', 'a/⋯'],
        ['p', 'a/1'],
      ],
      [
        ['p', '*'],
        ['p', 'a/⋯'],
        ['p', 'x'],
      ],
    ],
  ];
  for (const [title, threshold, given, collapsed] of CASES) {
    it(title, () => {
      assert.deepEqual(vectorsOf(given, threshold), collapsed);
      assert.deepEqual(vectorsOf([...given].reverse(), threshold), collapsed);
      assert.deepEqual(vectorsOf(collapsed, threshold), collapsed);
    });
  }

  it('unites environment names, and leaves entries that insist on their arguments', () => {
    const given = [
      { path: '/b', args: ['b', '1'], envs: ['Z'] },
      { path: '/b', args: ['b', '2'], envs: ['A'] },
      { path: '/b', args: ['b', '3'], argsRequired: true },
      { path: '/a', args: [] },
      { path: '/a', args: null, envs: ['Q'] },
    ];
    assert.deepEqual(collapseExecs(given, { execThreshold: 1, prefixes: [] }), [
      { path: '/a', envs: ['Q'] },
      { path: '/b', args: ['b', '3'], argsRequired: true },
      { path: '/b', args: ['b', '⋯'], envs: ['A', 'Z'] },
    ]);
  });

  it('takes the threshold of the prefix that the program lies below', () => {
    const vectors = [
      ['p', '1'],
      ['p', '2'],
    ];
    const given = [...execs(vectors, '/opt/p'), ...execs(vectors, '/bin/p')];
    const settings = { execThreshold: 1, prefixes: [{ prefix: '/opt', threshold: 5 }] };
    assert.deepEqual(
      collapseExecs(given, settings).map(({ path, args }) => [path, args?.[1]]),
      [
        ['/bin/p', '⋯'],
        ['/opt/p', '1'],
        ['/opt/p', '2'],
      ],
    );
  });
});
