import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '#runtime/random.js';
import { observedIn, renamedReport, splitReport } from './split-report.ts';
import { annotationOf, pathsOf, SampleSeries } from './testing/sample-reports.ts';

describe('splitReport', () => {
  it('makes two reports that say together what the whole said, without a gap', () => {
    const series = new SampleSeries('c1');
    series.next([]);
    const whole = series.next(['/a', '/b', '/c'], 'completed');
    const parts = splitReport(whole, seededRandom(1));
    assert.ok(parts);
    const [first, second] = parts;
    assert.deepEqual([...pathsOf(first), ...pathsOf(second)].sort(), ['/a', '/b', '/c']);
    const times = (key: 'previousReportTimestamp' | 'reportTimestamp') =>
      [whole, first, second].map((report) => annotationOf(report, key));
    const [previous, ...previousOfParts] = times('previousReportTimestamp');
    const [end, between, endOfSecond] = times('reportTimestamp');
    assert.deepEqual([previousOfParts, endOfSecond], [[previous, between], end]);
    assert.deepEqual(
      parts.map((part) => annotationOf(part, 'status')),
      ['ready', 'completed'],
    );
    for (const part of parts) {
      assert.equal(part.spec.imageTag, whole.spec.imageTag);
      assert.equal(annotationOf(part, 'evidence'), annotationOf(whole, 'evidence'));
      assert.equal(annotationOf(part, 'reportSeriesId'), annotationOf(whole, 'reportSeriesId'));
    }
  });

  it('gives each part a name of its own, of the same profile', () => {
    const whole = new SampleSeries('c1').next(['/a', '/b']);
    const random = seededRandom(7);
    const names = [whole, renamedReport(whole, random), ...(splitReport(whole, random) ?? [])].map(
      ({ metadata }) => metadata.name,
    );
    assert.equal(new Set(names).size, 4);
    assert.equal(new Set(names.map((name) => name.slice(0, -32))).size, 1);
    assert.ok(names.every((name) => /-[0-9a-f]{32}$/.test(name)));
  });

  it('splits nothing that has one entry or none', () => {
    const series = new SampleSeries('c1');
    assert.equal(splitReport(series.next([]), seededRandom(1)), undefined);
    assert.equal(splitReport(series.next(['/a']), seededRandom(1)), undefined);
  });

  it('keeps every surface', () => {
    const whole = new SampleSeries('c1').next(['/a']);
    const spec = {
      ...whole.spec,
      syscalls: ['read', 'write'],
      capabilities: ['CHOWN', 'KILL'],
      matchLabels: { app: 'web' },
    };
    const parts = splitReport({ ...whole, spec }, seededRandom(1)) ?? [];
    const all = parts.map((part) => observedIn(part.spec));
    assert.deepEqual(all.flatMap(({ syscalls = [] }) => syscalls).sort(), ['read', 'write']);
    assert.deepEqual(all.flatMap(({ capabilities = [] }) => capabilities).sort(), [
      'CHOWN',
      'KILL',
    ]);
    assert.ok(parts.every((part) => part.spec.matchLabels?.['app'] === 'web'));
  });
});
