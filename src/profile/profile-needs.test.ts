import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ProfileNeeds, SurfaceNeeds } from '#model/profile-needs.js';
import { ProfileCompiler } from './profile-compiler.ts';
import { coversNeeds, EVERYTHING, NOTHING, needsKey, unionOfNeeds } from './profile-needs.ts';
import { allAnswers } from './testing/all-answers.ts';
import { anyNeeds, anyQuestions, anySpec } from './testing/arbitrary-profile.ts';

const opens = (needs: Partial<SurfaceNeeds>): ProfileNeeds => ({
  ...NOTHING,
  opens: { all: false, selectors: [], ...needs },
});

describe('unionOfNeeds', () => {
  it('is nothing for none, and all that any of them needs', () => {
    assert.deepEqual(unionOfNeeds([]), NOTHING);
    const union = unionOfNeeds([
      opens({ selectors: [{ prefix: '/b' }, { exact: '/a' }] }),
      { ...NOTHING, execs: { all: true, selectors: [] } },
      opens({ selectors: [{ exact: '/a' }] }),
    ]);
    assert.deepEqual(union.opens, { all: false, selectors: [{ exact: '/a' }, { prefix: '/b' }] });
    assert.deepEqual(union.execs, { all: true, selectors: [] });
    assert.deepEqual(union.syscalls, { all: false, selectors: [] });
  });

  it('keeps what is declared for prefix and suffix questions beside all', () => {
    const parts = opens({ selectors: [{ prefix: '/b' }, { contains: 'x' }, { suffix: '.so' }] });
    assert.deepEqual(unionOfNeeds([EVERYTHING, parts]).opens, {
      all: true,
      selectors: [{ prefix: '/b' }, { suffix: '.so' }],
    });
  });

  it('covers each of them', () => {
    fc.assert(
      fc.property(fc.array(anyNeeds, { minLength: 1, maxLength: 4 }), (list) => {
        const union = unionOfNeeds(list);
        for (const needs of list) assert.ok(coversNeeds(union, needs));
      }),
      { numRuns: 300 },
    );
  });
});

describe('coversNeeds', () => {
  for (const [have, want, expected] of [
    [{ all: true }, { selectors: [{ exact: '/a' }, { contains: 'b' }] }, true],
    [{ all: true }, { selectors: [{ prefix: '/a' }] }, false],
    [{ all: true, selectors: [{ prefix: '/a' }] }, { selectors: [{ prefix: '/a' }] }, true],
    [{ selectors: [{ contains: '' }] }, { all: true }, false],
    [{ selectors: [{ prefix: '/a' }] }, { selectors: [{ exact: '/ab' }] }, true],
    [{ selectors: [{ suffix: 'b' }] }, { selectors: [{ exact: '/ab' }] }, true],
    [
      { selectors: [{ contains: 'b' }] },
      { selectors: [{ contains: 'abc' }, { exact: 'b' }] },
      true,
    ],
    [{ selectors: [{ contains: 'abc' }] }, { selectors: [{ contains: 'b' }] }, false],
    [{ selectors: [{ exact: '/a' }] }, { selectors: [{ exact: '/ab' }] }, false],
    [{ selectors: [{ prefix: '/a' }] }, { selectors: [{ exact: '/b' }] }, false],
    [{ selectors: [{ suffix: 'a' }] }, { selectors: [{ exact: '/b' }] }, false],
    [{ selectors: [{ prefix: '/a' }] }, { selectors: [{ contains: '/ab' }] }, false],
    [{ selectors: [{ contains: '/a' }] }, { selectors: [{ prefix: '/a' }] }, false],
    [{ selectors: [{ exact: '/a' }] }, {}, true],
    [{}, { selectors: [{ exact: '/a' }] }, false],
  ] as const) {
    const text = `${JSON.stringify(have)} ${expected ? 'covers' : 'does not cover'} ${JSON.stringify(want)}`;
    it(text, () => assert.equal(coversNeeds(opens(have), opens(want)), expected));
  }

  it('is true only when a profile compiled for the one answers what one for the other does', () => {
    const pairs = fc.oneof(
      fc.tuple(anyNeeds, anyNeeds),
      fc.tuple(anyNeeds, anyNeeds).map(([a, b]) => [unionOfNeeds([a, b]), b] as const),
    );
    fc.assert(
      fc.property(pairs, anySpec, anyQuestions, ([have, want], spec, asked) => {
        if (!coversNeeds(have, want)) return;
        const compiler = new ProfileCompiler();
        const answers = allAnswers(compiler.compile(spec, have), asked);
        for (const [name, answer] of Object.entries(
          allAnswers(compiler.compile(spec, want), asked),
        )) {
          if (answer) assert.ok(answers[name], name);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('needsKey', () => {
  it('does not depend on order and repetitions, and on nothing that changes no answer', () => {
    const a = opens({ selectors: [{ exact: '/a' }, { suffix: 'b' }] });
    const b = opens({ selectors: [{ suffix: 'b' }, { exact: '/a' }, { suffix: 'b' }] });
    assert.equal(needsKey(a), needsKey(b));
    const all = (selectors: SurfaceNeeds['selectors']) => needsKey(opens({ all: true, selectors }));
    assert.equal(all([{ exact: '/a' }]), all([]));
    assert.notEqual(all([{ prefix: '/a' }]), all([]));
  });

  it('tells different needs apart', () => {
    const keys = [
      NOTHING,
      EVERYTHING,
      opens({ all: true }),
      opens({ selectors: [{ exact: 'a' }] }),
    ];
    keys.push(opens({ selectors: [{ prefix: 'a' }] }), opens({ selectors: [{ contains: 'a' }] }));
    assert.equal(new Set(keys.map(needsKey)).size, keys.length);
  });
});
