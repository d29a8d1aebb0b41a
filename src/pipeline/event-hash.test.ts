import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EventHash } from './event-hash.ts';

type Part = number | string;

function hashOf(parts: readonly Part[], seeds: readonly [number, number] = [1, 2]): string {
  const hash = new EventHash(...seeds);
  hash.start();
  for (const part of parts) {
    if (typeof part === 'number') hash.number(part);
    else hash.text(part);
  }
  hash.finish();
  return `${hash.low} ${hash.high}`;
}

const part: fc.Arbitrary<Part> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: 0, max: 2 ** 53 - 1 }),
  fc.string({ unit: fc.constantFrom('a', 'b', '\0', '\u8000'), maxLength: 5 }),
);
const parts = fc.array(part, { minLength: 2, maxLength: 2 });

describe('EventHash', () => {
  it('differs for parts that differ in anything, also in where one ends', () => {
    assert.notEqual(hashOf(['abcd', '']), hashOf(['ab', 'cd']));
    assert.notEqual(hashOf(['', 'abcd']), hashOf(['ab', 'cd']));
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        // A number and a text are never in one place of a key.
        const isOneForm = one.every((value, at) => typeof value === typeof other[at]);
        fc.pre(isOneForm);
        const isSame = one.every((value, at) => value === other[at]);
        assert.equal(hashOf(one) === hashOf(other), isSame);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is another one for other seeds, in both halves', () => {
    const [low, high] = hashOf(['/etc/hosts']).split(' ');
    const [otherLow, otherHigh] = hashOf(['/etc/hosts'], [3, 4]).split(' ');
    assert.notEqual(low, otherLow);
    assert.notEqual(high, otherHigh);
  });

  it('spreads likely texts over all of 16 bits of either half', () => {
    const halves = [new Set<number>(), new Set<number>()] as const;
    for (let index = 0; index < 65_536; index += 1) {
      const [low, high] = hashOf([`/var/lib/app/file-${index}.txt`]).split(' ');
      halves[0].add(Number(low) & 0xffff);
      halves[1].add(Number(high) & 0xffff);
    }
    // Chance fills 63 % of the places.
    for (const half of halves) assert.ok(half.size > 0.62 * 65_536, `${half.size}`);
  });
});
