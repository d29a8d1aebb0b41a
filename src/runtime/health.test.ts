import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Health } from './health.ts';

describe('Health', () => {
  it('keeps the time of the first report while a condition lasts, and forgets it when cleared', () => {
    let now = 10;
    const health = new Health(() => now);
    health.set('sensor', 'not started');
    now = 20;
    health.set('sensor', 'still not started');
    assert.deepEqual(health.conditions(), [
      { name: 'sensor', message: 'still not started', sinceMs: 10, effect: 'unready' },
    ]);
    health.clear('sensor');
    assert.deepEqual(health.conditions(), []);
  });
});
