import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Health } from '#runtime/health.js';
import { SourceTroubles } from './source-troubles.ts';

describe('troubles of several sources', () => {
  it('are one condition that names each of them and lasts until all are over', () => {
    let nowMs = 1;
    const health = new Health(() => nowMs);
    const troubles = new SourceTroubles(health);
    const told = () => health.conditions().map(({ name, message }) => [name, message]);
    troubles.tell('ig:a', 'it died');
    nowMs = 2;
    troubles.tell('ig:b', 'it died');
    assert.deepEqual(told(), [['source', 'ig:a: it died; ig:b: it died']]);
    troubles.tell('ig:b', undefined);
    assert.deepEqual(told(), [['source', 'ig:a: it died']]);
    assert.equal(health.conditions()[0]?.sinceMs, 1);
    troubles.tell('ig:a', 'it died again');
    assert.deepEqual(told(), [['source', 'ig:a: it died again']]);
    troubles.tell('ig:a', undefined);
    assert.deepEqual(told(), []);
  });

  it('are nothing when no source has any', () => {
    const health = new Health(() => 0);
    new SourceTroubles(health).tell('ig:a', undefined);
    new SourceTroubles(undefined).tell('ig:a', 'it died');
    assert.deepEqual(health.conditions(), []);
  });
});
