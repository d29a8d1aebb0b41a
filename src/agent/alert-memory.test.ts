import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anAlert } from '#alerts/testing/alerts.js';
import { aFinding } from '#alerts/testing/findings.js';
import { AlertMemory, REMEMBERED_ALERT_BYTES } from './alert-memory.ts';

describe('the size of AlertMemory', () => {
  const released: string[] = [];
  const large = (idempotencyKey: string, sizeBytes: number) => ({
    alert: anAlert({}, { idempotencyKey, arguments: { args: 'x'.repeat(sizeBytes) } }),
    finding: aFinding(),
    entry: undefined,
    sources: [],
    release: () => void released.push(idempotencyKey),
  });
  const keys = (memory: AlertMemory) => memory.alerts().map(({ idempotencyKey }) => idempotencyKey);

  it('is bounded, whatever arguments processes have', () => {
    const memory = new AlertMemory();
    released.length = 0;
    for (let each = 0; each < 20; each += 1) memory.remember(large(`key-${each}`, 1_000_000));
    assert.ok(JSON.stringify(memory.alerts()).length <= REMEMBERED_ALERT_BYTES);
    assert.equal(memory.alerts().length, 8);
    assert.equal(released.length, 12);
    assert.equal(keys(memory)[0], 'key-19');
  });

  it('counts an alert that takes the place of another once', () => {
    const memory = new AlertMemory();
    memory.remember(large('other', 10));
    for (let each = 0; each < 20; each += 1) memory.remember(large('same', 1_000_000));
    assert.deepEqual(keys(memory), ['same', 'other']);
  });

  it('has room for the newest, however large', () => {
    const memory = new AlertMemory();
    memory.remember(large('small', 10));
    memory.remember(large('huge', REMEMBERED_ALERT_BYTES));
    assert.deepEqual(keys(memory), ['huge']);
    memory.remember(large('next', 10));
    assert.deepEqual(keys(memory), ['next']);
  });
});
