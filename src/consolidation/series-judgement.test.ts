import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aReport, minuteMs } from '#storage/testing/sample-profiles.js';
import { judge } from './series-judgement.ts';
import { rowOf } from './time-series-row.ts';

const LEARNING = { status: 'ready', completion: 'complete' };

describe('judge', () => {
  it('remembers the newest 16 whole runs that were given up, and none that never can be whole', () => {
    const whole = Array.from({ length: 20 }, (_, at) =>
      aReport([0, at + 1], { series: `whole${at}` }),
    );
    const partial = aReport([0, 50], { series: 'partial', state: 'ready/partial' });
    const headless = aReport([40, 60], { series: 'headless' });
    const rows = [...whole, partial, headless].map(({ metadata }) => rowOf(metadata));
    const given = judge(rows, LEARNING, { expiredBeforeMs: minuteMs(100) });
    const kept = given.remaining.map(({ seriesId, isGivenUp }) => [seriesId, isGivenUp]);
    assert.deepEqual(
      kept.sort(),
      whole
        .slice(4)
        .map((_, at) => [`whole${at + 4}`, true])
        .sort(),
    );
    assert.deepEqual(given.state, { status: 'completed', completion: 'partial' });
    const again = judge(given.remaining, given.state, { expiredBeforeMs: minuteMs(1_000) });
    assert.deepEqual(again.remaining, given.remaining);
    assert.equal(again.because, undefined);
  });

  it('counts a learning period of more than a year as a year', () => {
    const { labels, ...metadata } = aReport([0, 10]).metadata;
    const period = (text: string) =>
      rowOf({ ...metadata, labels: { ...labels, 'kubescape.io/learning-period': text } })
        .learningPeriodMs;
    assert.equal(period('72h'), 72 * 3_600_000);
    assert.equal(period('1.0004s'), 1_000);
    assert.equal(period(`${'9'.repeat(50)}h`), 366 * 86_400_000);
    assert.equal(period('a day'), 0);
  });
});
