import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryQueueFile } from './memory-queue-file.ts';
import { ReportQueue } from './report-queue.ts';
import { describeReportQueue } from './testing/report-queue-contract.ts';
import { SampleSeries } from './testing/sample-reports.ts';

describeReportQueue('in memory', async (work) => {
  const file = new MemoryQueueFile();
  work(() => {
    const { commit } = MemoryQueueFile.prototype;
    file.commit = commit;
    return file;
  });
});

describe('ReportQueue', () => {
  it('tells how long its oldest report has waited', async () => {
    const clock = new VirtualClock(1_000);
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const queue = new ReportQueue({ file: new MemoryQueueFile(), clock, log });
    const series = new SampleSeries('c1');
    queue.put(series.next([]), series.about);
    await clock.advance(5_000);
    queue.put(series.next([]), series.about);
    assert.equal(queue.state().oldestAgeMs, 5_000);
  });

  it('leaves out a row that cannot be read, and tells of it', () => {
    const file = new MemoryQueueFile();
    const row = { table: 'reports' as const, key: 'x', head: '{' };
    file.commit([{ type: 'put', row, body: '' }]);
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const log = { debug() {}, info() {}, warn, error() {} };
    const queue = new ReportQueue({ file, clock: new VirtualClock(), log });
    assert.deepEqual(queue.heads(), []);
    assert.equal(warnings.length, 1);
  });

  it('gives no report whose content is gone or cannot be read', () => {
    const file = new MemoryQueueFile();
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const queue = new ReportQueue({ file, clock: new VirtualClock(), log });
    const series = new SampleSeries('c1');
    queue.put(series.next(['/a']), series.about);
    const [head] = queue.heads();
    assert.ok(head && queue.read(head));
    file.body = () => '{"metadata":';
    assert.equal(queue.read(head), undefined);
    file.body = () => undefined;
    assert.equal(queue.read(head), undefined);
  });
});
