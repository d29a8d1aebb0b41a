import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import { seededRandom } from '#runtime/random.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { NO_EVIDENCE } from './evidence.ts';
import { type Draft, ReportSeries, type Standing } from './report-series.ts';
import { aContainer } from './testing/observed.ts';

const NOTHING = { execs: [], opens: [] };
const READY: Standing = { status: 'ready', evidence: NO_EVIDENCE, partialBecause: undefined };

function aSeries(clock: VirtualClock): ReportSeries {
  const random = seededRandom(3);
  const parts = { clock, random, learningPeriodMs: 60_000, clusterName: '', architecture: '' };
  return new ReportSeries(aContainer(), parts);
}

function timesOf({ report }: Draft): readonly (string | undefined)[] {
  const annotations = report.metadata.annotations ?? {};
  return [annotations[ANNOTATION.previousReportTimestamp], annotations[ANNOTATION.reportTimestamp]];
}

describe('ReportSeries', () => {
  it('lets reports follow each other strictly, even when the clock stands still or goes back', () => {
    const clock = new VirtualClock(1_750_000_000_000.7);
    const series = aSeries(clock);
    const first = series.draft(NOTHING, READY);
    series.follow(first);
    const second = series.draft(NOTHING, READY);
    assert.equal(second.reportMs, first.reportMs + 1);
    assert.equal(timesOf(second)[0], timesOf(first)[1]);
    assert.equal(parseTimestamp(timesOf(second)[1] ?? ''), second.reportMs);
  });

  it('chains to the last report that was queued, not to one that was not', () => {
    const series = aSeries(new VirtualClock(0));
    series.draft(NOTHING, READY);
    assert.equal(timesOf(series.draft(NOTHING, READY))[0], '0001-01-01T00:00:00Z');
  });

  it('gives every draft a name of its own and all of them one series id', () => {
    const series = aSeries(new VirtualClock(0));
    const drafts = [1, 2, 3].map(() => series.draft(NOTHING, READY).report.metadata);
    assert.equal(new Set(drafts.map(({ name }) => name)).size, 3);
    const ids = drafts.map(({ annotations }) => annotations?.[ANNOTATION.reportSeriesId]);
    assert.equal(new Set(ids).size, 1);
    assert.match(
      ids[0] ?? '',
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
