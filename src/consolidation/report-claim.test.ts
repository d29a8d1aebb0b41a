import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import { claimOf } from './report-claim.ts';

const claim = (completion: string, evidence?: string, because?: string) =>
  claimOf({
    [ANNOTATION.completion]: completion,
    ...(evidence !== undefined && { [ANNOTATION.evidence]: evidence }),
    ...(because !== undefined && { [ANNOTATION.partialBecause]: because }),
  });

describe('what a report claims', () => {
  it('is believed while its evidence names no loss, or there is none', () => {
    const clean = '{"seen":9,"lost":0,"dropped":0,"truncated":0,"agentRestarts":0}';
    for (const evidence of [undefined, clean, '{}', 'null', '7', 'not JSON', '{"lost":"many"}']) {
      assert.deepEqual(claim('complete', evidence), { completion: 'complete', because: '' });
    }
  });

  it('is partial when its evidence or its own words name a loss', () => {
    for (const name of ['lost', 'dropped', 'truncated', 'agentRestarts']) {
      assert.deepEqual(claim('complete', `{"${name}":5}`), {
        completion: 'partial',
        because: `its evidence says ${name} 5`,
      });
    }
    assert.deepEqual(claim('complete', '{}', 'the agent was restarted'), {
      completion: 'partial',
      because: 'the agent was restarted',
    });
  });

  it('that is partial already stays as it is', () => {
    const partial = { completion: 'partial', because: 'why' };
    assert.deepEqual(claim('partial', '{"lost":1}', 'why'), partial);
    assert.deepEqual(claimOf({}), { completion: '', because: '' });
  });
});
