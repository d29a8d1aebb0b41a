import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { isSameJson } from '#consolidation/same-json.js';
import { isSameBody } from './same-body.ts';

const bytes = (text: string) => Buffer.from(text);
const json = fc.dictionary(fc.string(), fc.jsonValue());

function turnedRound(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).reverse());
}

describe('isSameBody', () => {
  it('holds for the same fields in another order', () => {
    fc.assert(
      fc.property(json, (object) => {
        const [a, b] = [JSON.stringify(object), JSON.stringify(turnedRound(object))];
        assert.ok(isSameBody(bytes(a), bytes(b)));
      }),
    );
  });

  it('says of bodies what isSameJson says of texts', () => {
    fc.assert(
      fc.property(json, json, (one, other) => {
        const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
        assert.equal(isSameBody(bytes(a), bytes(b)), isSameJson(a, b));
      }),
    );
  });

  for (const [a, b] of [
    ['{"a":"⋯"}', '{"a":"⋰"}'],
    ['{"a":"xy"}', '{"a":"yx"}'],
    ['{"a":1}', '{"a":10}'],
  ] as const) {
    it(`tells ${a} from ${b}`, () => assert.equal(isSameBody(bytes(a), bytes(b)), false));
  }
});
