import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anAlert } from '#alerts/testing/alerts.js';
import { aFinding } from '#alerts/testing/findings.js';
import { AlertMemory, REMEMBERED_ALERTS } from './alert-memory.ts';
import { KnownAlerts } from './known-alerts.ts';

describe('KnownAlerts', () => {
  const remembered = (idempotencyKey: string, release?: () => void) => ({
    ...{ alert: anAlert({}, { idempotencyKey }), finding: aFinding() },
    ...{ entry: undefined, sources: [], release },
  });
  const spool = { find: (key: string) => (key === 'eeee' ? ('ambiguous' as const) : undefined) };

  it('finds by the beginning of a key, unless several begin so', () => {
    const memory = new AlertMemory();
    for (const key of ['aaaa1', 'aaaa2', 'bbbb1']) memory.remember(remembered(key));
    const known = new KnownAlerts({ memory, spool });
    assert.equal(known.find('bbbb').alert.idempotencyKey, 'bbbb1');
    assert.equal(known.find('aaaa2').alert.idempotencyKey, 'aaaa2');
    for (const key of ['aaaa', 'eeee']) {
      assert.throws(() => known.find(key), { code: 'conflict', message: /give more of it/ });
    }
  });

  it('is explained by itself when the one that it repeats is forgotten', () => {
    const memory = new AlertMemory();
    const alert = anAlert({}, { idempotencyKey: 'cccc1', arguments: { repeatOf: 'gone1' } });
    memory.remember({ ...remembered('cccc1'), alert });
    const found = new KnownAlerts({ memory, spool }).findOriginal('cccc1');
    assert.deepEqual([found.alert, found.repeats], [alert, undefined]);
  });
});

describe('AlertMemory', () => {
  it('forgets the oldest, and lets go of its profile', () => {
    const memory = new AlertMemory();
    const released: number[] = [];
    for (let each = 0; each < REMEMBERED_ALERTS + 2; each += 1) {
      const alert = anAlert({}, { idempotencyKey: `key-${each}` });
      const release = () => void released.push(each);
      const finding = aFinding();
      memory.remember({ alert, finding, entry: undefined, sources: [], release });
    }
    assert.deepEqual(released, [0, 1]);
    assert.equal(memory.alerts().length, REMEMBERED_ALERTS);
    assert.equal(memory.alerts()[0]?.idempotencyKey, `key-${REMEMBERED_ALERTS + 1}`);
    assert.equal(memory.find('key-0'), undefined);
  });
});
