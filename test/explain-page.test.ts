// What the page about explanations says of stages and limits is what the code has.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { REMEMBERED_ALERTS } from '../src/agent/alert-memory.ts';
import { DECISION_STAGES } from '../src/model/rule-decision.ts';

const page = readFileSync(new URL('../docs/explain.md', import.meta.url), 'utf8');

describe('docs/explain.md', () => {
  it('lists every stage once, in the order in which they are passed', () => {
    const [, section = ''] = page.split('## Where an event can stop');
    const [table = ''] = section.split('\n## ');
    const stages = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, stage]) => stage);
    assert.deepEqual(stages, [...DECISION_STAGES]);
  });

  it('says how many alerts are remembered', () => {
    assert.ok(page.includes(`The last ${REMEMBERED_ALERTS} alerts are remembered`));
  });
});
