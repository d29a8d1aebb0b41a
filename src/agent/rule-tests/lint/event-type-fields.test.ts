import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EVENT_TYPES } from '#model/raw-event.js';
import { EVENT_FIELDS } from '#rules/event-fields.js';
import { RuleEvent } from '#rules/rule-event.js';
import { EVERY_KIND } from '#rules/testing/every-kind.js';
import { inContainer } from '#rules/testing/subjects.js';
import { zeroOf } from './event-type-fields.ts';

/** What lint says of these in every kind: they may be there, whatever the kind. */
const FIELDS = Object.keys(EVENT_FIELDS).filter((field) => field !== 'request');

/** As a literal of an expression would be compared with it. */
function plain(value: unknown): unknown {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? BigInt(String(value)) : value;
}

describe('what lint takes for always empty', () => {
  for (const type of EVENT_TYPES) {
    it(`is empty in an event of ${type} that tells all it can`, () => {
      const event = new RuleEvent(inContainer(EVERY_KIND[type]));
      for (const field of FIELDS) {
        const always = zeroOf(field, type);
        if (always === undefined) continue;
        assert.deepEqual(plain(Reflect.get(event, field)), always.zero, `${field} of ${type}`);
      }
    });
  }

  it('is not what events of mounts and namespaces have', () => {
    for (const [type, field] of [
      ['mount', 'oldPath'],
      ['mount', 'newPath'],
      ['mount', 'module'],
      ['mount', 'flagsRaw'],
      ['setns', 'flagsRaw'],
      ['unshare', 'flagsRaw'],
      ['setns', 'exepath'],
    ] as const) {
      assert.equal(zeroOf(field, type), undefined, `${field} of ${type}`);
    }
    assert.deepEqual(zeroOf('oldPath', 'setns'), { zero: '' });
    assert.deepEqual(zeroOf('path', 'mount'), { zero: '' });
  });
});
