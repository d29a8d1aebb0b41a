import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_EVIDENCE, partialBecause } from './evidence.ts';

describe('partialBecause', () => {
  it('has nothing to say when nothing was missed', () => {
    const evidence = { ...NO_EVIDENCE, seen: 100, coveredMs: 60_000 };
    assert.equal(partialBecause(evidence, true), undefined);
  });

  it('names every reason, with its count', () => {
    const cases = [
      [{ lost: 12 }, '12 events lost in the kernel'],
      [{ lost: 1 }, '1 event lost in the kernel'],
      [{ dropped: 3 }, '3 events dropped: no room'],
      [{ truncated: 1 }, '1 event learned in part only'],
      [{ truncated: 2 }, '2 events learned in part only'],
      [{ agentRestarts: 1 }, 'the agent was restarted'],
      [
        { agentRestarts: 3, lost: 2 },
        'the agent was restarted 3 times; 2 events lost in the kernel',
      ],
    ] as const;
    for (const [evidence, expected] of cases) {
      assert.equal(partialBecause({ ...NO_EVIDENCE, ...evidence }, true), expected);
    }
    assert.equal(partialBecause(NO_EVIDENCE, false), 'the container ran before the agent');
  });

  it('has something to say exactly when something was missed', () => {
    const count = fc.nat(3);
    const parameters = { lost: count, dropped: count, truncated: count, agentRestarts: count };
    fc.assert(
      fc.property(fc.record(parameters), fc.boolean(), (missed, sawStart) => {
        const isWhole = sawStart && Object.values(missed).every((each) => each === 0);
        const text = partialBecause({ ...NO_EVIDENCE, ...missed, seen: 5 }, sawStart);
        assert.equal(text === undefined, isWhole);
      }),
    );
  });
});
