import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportTimeBetween, reportTimeNs } from './report-time.ts';

const ZERO = '0001-01-01T00:00:00Z';

describe('reportTimeNs', () => {
  it('orders times down to nanoseconds', () => {
    const times = [
      ZERO,
      '2025-06-15T15:06:40Z',
      '2025-06-15T15:06:40.000000001Z',
      '2025-06-15T15:06:40.25Z',
      '2025-06-15T15:06:40.250001Z',
      '2025-06-15T15:06:41.000Z',
    ];
    const sorted = [...times].sort((a, b) => (reportTimeNs(a) < reportTimeNs(b) ? -1 : 1));
    assert.deepEqual(sorted, times);
    assert.equal(reportTimeNs('1970-01-01T00:00:01.5Z'), 1_500_000_000n);
  });

  it('takes what is no time for one before all others', () => {
    for (const text of ['', 'soon', ZERO]) assert.equal(reportTimeNs(text), -1n);
  });
});

describe('reportTimeBetween', () => {
  it('is at most a millisecond before the report, and after the previous one, four times over', () => {
    for (const previous of [ZERO, '2025-06-15T15:06:40.249Z', '2025-06-15T15:06:30.000Z']) {
      const report = '2025-06-15T15:06:40.250Z';
      let before = report;
      for (let depth = 0; depth < 4; depth += 1) {
        const between = reportTimeBetween(previous, before);
        assert.ok(between !== undefined);
        assert.ok(reportTimeNs(previous) < reportTimeNs(between));
        assert.ok(reportTimeNs(between) < reportTimeNs(before));
        assert.ok(reportTimeNs(report) - reportTimeNs(between) < 4_000_000n);
        before = between;
      }
    }
  });

  it('is none where there is no room', () => {
    const report = '2025-06-15T15:06:40.250000001Z';
    assert.equal(reportTimeBetween('2025-06-15T15:06:40.250Z', report), undefined);
    assert.equal(reportTimeBetween(report, report), undefined);
  });

  it('is written as other timestamps are', () => {
    assert.equal(
      reportTimeBetween(ZERO, '2025-06-15T15:06:40.250Z'),
      '2025-06-15T15:06:40.249500000Z',
    );
  });
});
