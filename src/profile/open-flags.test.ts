import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { namesOfOpenFlagSet, openFlagNames, openFlagSet } from './open-flags.ts';

describe('openFlagNames', () => {
  it('names the access mode first and then bit by bit', () => {
    const pairs: readonly (readonly [number, string])[] = [
      [0, 'O_RDONLY'],
      [0o100001, 'O_WRONLY O_LARGEFILE'],
      [0o2, 'O_RDWR'],
      [0o101, 'O_WRONLY O_CREAT'],
      [0o2000000, 'O_RDONLY O_CLOEXEC'],
      [0o2304000, 'O_RDONLY O_NONBLOCK O_LARGEFILE O_DIRECTORY O_CLOEXEC'],
      [0o3302, 'O_RDWR O_CREAT O_EXCL O_TRUNC O_APPEND'],
      [0o400400, 'O_RDONLY O_NOCTTY O_NOFOLLOW'],
      [0o1040000, 'O_RDONLY O_DIRECT O_NOATIME'],
      [0o10000000, 'O_RDONLY O_PATH'],
    ];
    for (const [flags, names] of pairs) assert.equal(openFlagNames(flags).join(' '), names);
  });

  it('names a flag of two bits beside the one it includes, and never for one bit alone', () => {
    assert.deepEqual(openFlagNames(0o4010001), ['O_WRONLY', 'O_DSYNC', 'O_SYNC']);
    assert.deepEqual(openFlagNames(0o10001), ['O_WRONLY', 'O_DSYNC']);
    assert.deepEqual(openFlagNames(0o20200002), ['O_RDWR', 'O_DIRECTORY', 'O_TMPFILE']);
  });

  it('takes the mode that is none for reading and writing, and ignores bits without a name', () => {
    assert.deepEqual(openFlagNames(3), ['O_RDWR']);
    assert.deepEqual(openFlagNames(0x20000000), ['O_RDONLY']);
  });

  it('hands out the same frozen array for the same number', () => {
    assert.equal(openFlagNames(0o100), openFlagNames(0o100));
    assert.ok(Object.isFrozen(openFlagNames(0o100)));
  });

  it('gives the names of the set, for any number a program passes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (flags) => {
        assert.deepEqual(openFlagNames(flags), namesOfOpenFlagSet(openFlagSet(flags)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('openFlagSet', () => {
  it('joins into all names of both, access modes included', () => {
    const both = openFlagSet(0o101) | openFlagSet(0o2000000);
    assert.deepEqual(namesOfOpenFlagSet(both), ['O_RDONLY', 'O_WRONLY', 'O_CREAT', 'O_CLOEXEC']);
  });
});
