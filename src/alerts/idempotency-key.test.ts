import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { batchKeyOf, idempotencyKeyOf, repeatsKeyOf } from './idempotency-key.ts';
import { anAlert, someAlerts } from './testing/alerts.ts';
import { aFinding } from './testing/findings.ts';

describe('idempotencyKeyOf', () => {
  it('is the same for the same finding, in whatever words', () => {
    const key = idempotencyKeyOf(aFinding(), 'n1');
    assert.equal(key, 'eb5090a253383bcd39f686c0daaa8edc');
    assert.equal(idempotencyKeyOf(aFinding({ finding: { message: 'other' } }), 'n1'), key);
    assert.equal(idempotencyKeyOf(aFinding({ rule: { severity: 9 } }), 'n1'), key);
  });

  interface Parts {
    readonly node: string;
    readonly container: string;
    readonly rule: string;
    readonly uniqueId: string;
    readonly seq: number;
    readonly timeMs: number;
  }
  const parts: fc.Arbitrary<Parts> = fc.record({
    node: fc.string(),
    container: fc.string(),
    rule: fc.string(),
    uniqueId: fc.string(),
    seq: fc.nat(),
    timeMs: fc.double({ min: 0, max: 4e12, noNaN: true }),
  });
  const keyOf = ({ node, container, rule, uniqueId, seq, timeMs }: Parts) =>
    idempotencyKeyOf(
      aFinding({
        container: { id: container },
        rule: { id: rule },
        event: { seq, timeMs },
        finding: { uniqueId },
      }),
      node,
    );

  it('differs whenever a part differs, however the parts are cut', () => {
    fc.assert(
      fc.property(
        parts,
        parts,
        fc.constantFrom('node', 'container', 'rule', 'uniqueId', 'seq', 'timeMs'),
        (a, b, part) => {
          const changed = { ...a, [part]: b[part] };
          assert.equal(
            keyOf(a) === keyOf(changed),
            Object.is(a[part], b[part]) || a[part] === b[part],
          );
        },
      ),
    );
    const base = { node: 'n', container: 'ab', rule: 'c', uniqueId: 'd', seq: 1, timeMs: 1 };
    assert.notEqual(keyOf(base), keyOf({ ...base, container: 'a', rule: 'bc' }));
  });
});

describe('the keys of other alerts', () => {
  it('are different for repeats, by their number and time', () => {
    const alert = anAlert();
    const keys = [
      alert.idempotencyKey,
      repeatsKeyOf(alert, 1, 5),
      repeatsKeyOf(alert, 2, 5),
      repeatsKeyOf(alert, 1, 6),
    ];
    assert.equal(new Set(keys).size, 4);
    assert.equal(repeatsKeyOf(alert, 1, 5), keys[1]);
  });

  it('of a batch depend on what is in it, in order', () => {
    const [a = anAlert(), b = anAlert()] = someAlerts(2);
    assert.equal(batchKeyOf([a]), a.idempotencyKey);
    assert.equal(new Set([batchKeyOf([a, b]), batchKeyOf([b, a]), batchKeyOf([a])]).size, 3);
  });
});
