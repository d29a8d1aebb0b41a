import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProfileNeeds } from '#model/profile-needs.js';
import { EVERYTHING, NOTHING } from '#profile/profile-needs.js';
import { NeedsCheck } from './needs-check.ts';

const ALL_OPENS: ProfileNeeds = { ...NOTHING, opens: { all: true, selectors: [] } };

/** Needs that count how often somebody looks at them. */
function watched(needs: ProfileNeeds): { readonly needs: ProfileNeeds; looks(): number } {
  let looks = 0;
  const get = (target: ProfileNeeds, name: string, receiver: unknown) => {
    looks += 1;
    return Reflect.get(target, name, receiver);
  };
  return { needs: new Proxy(needs, { get }), looks: () => looks };
}

describe('NeedsCheck', () => {
  it('says whether a profile holds what the rule needs', () => {
    const check = new NeedsCheck(ALL_OPENS);
    for (const [needs, answer] of [
      [EVERYTHING, true],
      [NOTHING, false],
      [ALL_OPENS, true],
      [EVERYTHING, true],
      [NOTHING, false],
    ] as const) {
      assert.equal(check.isMetBy(needs), answer);
      assert.equal(check.isMetBy(needs), answer);
    }
    assert.equal(new NeedsCheck(NOTHING).isMetBy(NOTHING), true);
  });

  it('takes a profile that holds everything, whatever the rule declares', () => {
    const opens = { all: false, selectors: [{ suffix: '/token' }] };
    const check = new NeedsCheck({ ...NOTHING, opens });
    assert.equal(check.isMetBy(EVERYTHING), true);
    assert.equal(check.isMetBy(ALL_OPENS), false);
    assert.equal(check.isMetBy({ ...NOTHING, opens: { ...opens, all: true } }), true);
  });

  it('looks at needs once, also when containers differ in them', () => {
    const [wide, narrow] = [watched(EVERYTHING), watched(NOTHING)];
    const check = new NeedsCheck(ALL_OPENS);
    const ask = () => [check.isMetBy(wide.needs), check.isMetBy(narrow.needs)];
    assert.deepEqual(ask(), [true, false]);
    const before = [wide.looks(), narrow.looks()];
    for (let time = 0; time < 5; time += 1) assert.deepEqual(ask(), [true, false]);
    assert.deepEqual([wide.looks(), narrow.looks()], before);
  });
});
