import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import * as change from './trial-change-invariants.ts';
import * as always from './trial-invariants.ts';
import * as rest from './trial-rest.ts';
import { watchfulLog } from './watchful-log.ts';

const DOCS = new URL('../../../docs/cache-invariants.md', import.meta.url);

describe('docs/cache-invariants.md', () => {
  it('names every invariant that is checked, and no other', () => {
    const named = [...readFileSync(DOCS, 'utf8').matchAll(/\| `(\w+)` \|$/gmu)].map(
      ([, name]) => name,
    );
    const checked = Object.entries({ ...always, ...change, ...rest, watchfulLog })
      .filter(([, value]) => typeof value === 'function')
      .map(([name]) => name);
    assert.deepEqual(named.toSorted(), checked.toSorted());
  });
});
