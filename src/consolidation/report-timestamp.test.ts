import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatTimestamp } from '#runtime/timestamp.js';
import { isZeroReportTime, reportTimeMs, reportTimeNs } from './report-timestamp.ts';

/** 2025-06-24T10:31:41Z in seconds. */
const SECOND = 1_750_761_101n;

describe('reportTimeNs', () => {
  for (const [text, nanoseconds] of [
    ['2025-06-24T10:31:41Z', 0n],
    ['2025-06-24T10:31:41.5Z', 500_000_000n],
    ['2025-06-24T12:31:41.516220911+02:00', 516_220_911n],
    ['2025-06-24 10:31:41.516220911 +0000 UTC m=+98.974133735', 516_220_911n],
    ['2025-06-24 10:31:41 +0000 UTC', 0n],
    ['2025-06-24 12:31:41.000000001 +0200 CEST m=-0.5', 1n],
    ['2025-06-24 07:01:41.1 -0330 -0330', 100_000_000n],
    ['2025-06-24T10:31:41.1234567899Z', 123_456_789n],
  ] as const) {
    it(`reads ${text}`, () => {
      assert.equal(reportTimeNs(text), SECOND * 1_000_000_000n + nanoseconds);
    });
  }

  for (const text of ['', 'noon', '2025-06-24', '2025-13-24T10:31:41Z', '2025-06-24 10:31:41']) {
    it(`does not take "${text}" for a moment`, () => assert.equal(reportTimeNs(text), undefined));
  }

  it('orders any two moments as they are, whatever their spelling', () => {
    const moment = fc.record({
      ms: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      ns: fc.integer({ min: 0, max: 999_999 }),
      isGo: fc.boolean(),
    });
    const spell = ({ ms, ns, isGo }: { ms: number; ns: number; isGo: boolean }) => {
      const text = formatTimestamp(ms).replace('Z', String(ns).padStart(6, '0'));
      return isGo ? `${text.replace('T', ' ')} +0000 UTC m=+${ns}.5` : `${text}Z`;
    };
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        const difference = Number((reportTimeNs(spell(a)) ?? 0n) - (reportTimeNs(spell(b)) ?? 0n));
        assert.equal(Math.sign(difference), Math.sign(a.ms - b.ms || a.ns - b.ns));
        assert.equal(reportTimeMs(spell(a)), a.ms);
      }),
    );
  });
});

describe('isZeroReportTime', () => {
  it('knows the three spellings, and takes no moment for one', () => {
    assert.ok(isZeroReportTime(''));
    assert.ok(isZeroReportTime('0001-01-01 00:00:00 +0000 UTC'));
    assert.ok(isZeroReportTime('0001-01-01T00:00:00Z'));
    assert.ok(!isZeroReportTime('2025-06-24T10:31:41Z'));
  });
});
