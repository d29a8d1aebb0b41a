import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  PARITY_STORIES,
  type ParityOutcomes,
  parityReport,
  runAllStories,
  unshownDifferences,
  writtenReport,
} from '../../bench/alert-parity.ts';

describe('alert parity with the two caches', () => {
  let outcomes: ParityOutcomes;
  before(async () => {
    outcomes = await runAllStories();
  });

  for (const [i, { name }] of PARITY_STORIES.entries()) {
    it(`differs as it is meant to, and in nothing else: ${name}`, () => {
      assert.deepEqual(outcomes.told[i]?.problems, []);
    });
  }

  it('has no difference in random stories without what is meant to differ', () => {
    const different = outcomes.random.filter(({ problems }) => problems.length > 0);
    assert.deepEqual(
      different.map(({ story, problems }) => [story.name, problems]),
      [],
    );
  });

  it('has a story for every difference that is meant', () => {
    assert.deepEqual(unshownDifferences(), []);
  });

  it('is about alerts that there are', () => {
    for (const { story, comparison } of [...outcomes.told, ...outcomes.random]) {
      const { same, onlyOurs, onlyOlder } = comparison;
      const isSilent = story.name === 'no profile at all';
      assert.equal(same + onlyOurs.length + onlyOlder.length > 0, !isSilent, story.name);
    }
  });

  it('is told in docs/alert-parity.md (node --conditions=source bench/alert-parity.ts --write)', () => {
    assert.equal(writtenReport(), parityReport(outcomes));
  });
});
