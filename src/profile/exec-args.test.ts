import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { matchesExecArgs, matchesRequiredExecArgs } from './exec-args.ts';

type Vector = readonly string[];
const POSTGRES = '/usr/lib/postgresql/⋯/bin/postgres';

/** A vector of a profile, those it covers, those it does not. */
const PAIRS: readonly (readonly [
  profile: Vector,
  covered: readonly Vector[],
  others: readonly Vector[],
])[] = [
  [['a'], [['a']], [[], ['a', 'b'], ['b']]],
  [['echo', '*'], [['echo', '*']], [['echo', 'x'], ['echo']]],
  [['⋯'], [['x'], ['a/b'], ['']], [[], ['a', 'b']]],
  [
    ['--user', '⋯', '--port', '8080'],
    [['--user', 'alice', '--port', '8080']],
    [['--user', 'alice', '--port', '9090']],
  ],
  [
    ['-c', '⋯⋯'],
    [['-c'], ['-c', 'a'], ['-c', 'a', 'b']],
    [['-x', 'a'], []],
  ],
  [
    ['sh', '⋯⋯', 'exit'],
    [
      ['sh', 'exit'],
      ['sh', '-c', 'x', 'exit'],
      ['sh', 'exit', 'exit'],
    ],
    [['sh', '-c', 'x'], ['exit']],
  ],
  [['⋯', '⋯⋯'], [['a'], ['a', 'b']], [[]]],
  [['⋯⋯', '⋯'], [['x'], ['x', 'y']], [[]]],
  [['⋯⋯', '⋯⋯'], [[], ['x', 'y', 'z']], []],
  [
    [POSTGRES, '-F'],
    [['/usr/lib/postgresql/16/bin/postgres', '-F']],
    [
      ['/usr/lib/postgresql/16/x/bin/postgres', '-F'],
      ['/opt/16/bin/postgres', '-F'],
    ],
  ],
  [['/proc/⋯'], [['/proc/self'], ['/proc/']], [['/proc'], ['/proc/1/2']]],
  [['/plugins/*'], [['/plugins/*']], [['/plugins/evil.so']]],
  [['/opt/⋯/bin*'], [['/opt/v2/bin*']], [['/opt/v2/binX']]],
  [['x⋯'], [['x⋯']], [['xy']]],
];

describe('matchesExecArgs', () => {
  for (const [profile, covered, others] of PAIRS) {
    it(`decides for [${profile.join(', ')}]`, () => {
      for (const args of covered) assert.ok(matchesExecArgs(profile, args), args.join());
      for (const args of others) assert.ok(!matchesExecArgs(profile, args), args.join());
    });
  }

  it('lets an empty vector cover everything', () => {
    for (const args of [[], ['a'], ['a', 'b']]) assert.ok(matchesExecArgs([], args));
  });

  it('agrees with the rules tried one by one', () => {
    const tokens = fc.array(fc.constantFrom('a', 'b', '⋯', '⋯⋯'), { minLength: 1, maxLength: 6 });
    const given = fc.array(fc.constantFrom('a', 'b'), { maxLength: 6 });
    fc.assert(
      fc.property(tokens, given, (profile, args) => {
        assert.equal(matchesExecArgs(profile, args), matchesBySearch(profile, args));
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not take long on many ⋯⋯ before something that is not there', () => {
    const profile = [...Array.from({ length: 400 }, (_, i) => (i % 2 ? 'a' : '⋯⋯')), 'needle'];
    assert.equal(matchesExecArgs(profile, Array(2_000).fill('a')), false);
  });
});

describe('matchesRequiredExecArgs', () => {
  it('covers everything unless arguments are required', () => {
    assert.ok(matchesRequiredExecArgs(['x'], false, ['something', 'else']));
    assert.ok(!matchesRequiredExecArgs(['x'], true, ['something', 'else']));
  });

  it('takes an empty vector that is required for no arguments at all', () => {
    assert.ok(matchesRequiredExecArgs([], true, []));
    assert.ok(!matchesRequiredExecArgs([], true, ['x']));
  });
});

/** The documented rules for whole arguments, written for being read: exponential. */
function matchesBySearch([head, ...rest]: Vector, args: Vector): boolean {
  if (head === undefined) return args.length === 0;
  if (head === '⋯⋯') {
    return (
      matchesBySearch(rest, args) ||
      (args.length > 0 && matchesBySearch([head, ...rest], args.slice(1)))
    );
  }
  return (
    args.length > 0 && (head === '⋯' || head === args[0]) && matchesBySearch(rest, args.slice(1))
  );
}
