import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { ZERO_TIME } from '#model/annotations.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import type { QueueFile } from '../queue-file.ts';
import { ReportQueue, type ReportQueueParts } from '../report-queue.ts';
import { renamedReport, splitReport } from '../split-report.ts';
import { annotationOf, pathsOf, SampleSeries } from './sample-reports.ts';

/** Runs `work` with a function that opens the same file each time, as an agent that is started again does. */
export type WithQueueFile = (work: (open: () => QueueFile) => void) => Promise<void>;

interface Rig {
  readonly file: QueueFile;
  /** Ends the queue and opens one on the same file. */
  readonly reopen: () => ReportQueue;
  readonly queue: ReportQueue;
}

/** What every queue promises, whatever its file is. */
export function describeReportQueue(name: string, withFile: WithQueueFile): void {
  const run = (work: (rig: Rig) => void, bounds: Partial<ReportQueueParts> = {}) =>
    withFile((open) => {
      const clock = new VirtualClock(1_000);
      let file = open();
      const make = () => new ReportQueue({ file, clock, log: silentLogger, ...bounds });
      const reopen = () => {
        file.close();
        file = open();
        return make();
      };
      work({ file, reopen, queue: make() });
      file.close();
    });

  /** What would be sent, series by series, in order. */
  const waiting = (queue: ReportQueue) =>
    queue
      .heads()
      .map(({ seriesId }) =>
        queue.reportsOf(seriesId).flatMap((each) => pathsOf(queue.read(each))),
      );

  const waitingReports = (queue: ReportQueue) => queue.heads().map((head) => queue.read(head));

  /** Each report's previous timestamp is the timestamp of the one before it. */
  const assertChain = (queue: ReportQueue, seriesId: string, from = ZERO_TIME) => {
    const reports = queue.reportsOf(seriesId).map((each) => queue.read(each));
    const times = reports.map((each) => annotationOf(each, 'reportTimestamp'));
    const previous = reports.map((each) => annotationOf(each, 'previousReportTimestamp'));
    assert.deepEqual(previous, [from, ...times.slice(0, -1)].slice(0, times.length));
  };

  describe(`report queue: ${name}`, () => {
    it('gives the reports of each series in order, and the same after it is opened again', () =>
      run(({ queue, reopen }) => {
        const [one, two] = [new SampleSeries('c1', 1), new SampleSeries('c2', 2)];
        queue.put(one.next(['/a']), one.about);
        queue.put(two.next(['/x']), two.about);
        queue.put(one.next(['/b']), one.about);
        const expected = [['/a', '/b'], ['/x']];
        assert.deepEqual(waiting(queue), expected);
        const again = reopen();
        assert.deepEqual(waiting(again), expected);
        assert.deepEqual(
          again.heads().map(({ containerId }) => containerId),
          ['c1', 'c2'],
        );
        assertChain(again, one.about.seriesId);
      }));

    it('forgets a report that was removed, for good', () =>
      run(({ queue, reopen }) => {
        const series = new SampleSeries('c1');
        for (const path of ['/a', '/b']) queue.put(series.next([path]), series.about);
        const [head] = queue.heads();
        if (head) queue.remove(head);
        if (head) queue.remove(head);
        assert.deepEqual(waiting(queue), [['/b']]);
        assert.deepEqual(waiting(reopen()), [['/b']]);
      }));

    it('remembers a container as long as it is learned', () =>
      run(({ queue, reopen }) => {
        const series = new SampleSeries('c1');
        assert.equal(queue.known('c1'), undefined);
        queue.put(series.next([]), { ...series.about, agentRestarts: 2 });
        assert.equal(reopen().known('c1')?.agentRestarts, 2);
      }).then(() =>
        run(({ queue }) => {
          const series = new SampleSeries('c1');
          queue.put(series.next([]), series.about);
          queue.put(series.next([], 'completed'), series.about);
          assert.equal(queue.known('c1'), undefined);
        }),
      ));

    it('takes a newer series of a container for the one it is in', () =>
      run(({ queue, reopen }) => {
        const [old, young] = [new SampleSeries('c1', 1), new SampleSeries('c1', 2)];
        queue.put(old.next(['/a']), old.about);
        queue.put(young.next(['/b']), { ...young.about, agentRestarts: 1 });
        assert.equal(queue.known('c1')?.seriesId, young.about.seriesId);
        const again = reopen();
        assert.equal(again.known('c1')?.seriesId, young.about.seriesId);
        assert.deepEqual(waiting(again), [['/a'], ['/b']]);
      }));

    it('changes nothing when the file refuses', () =>
      run(({ file, queue }) => {
        const series = new SampleSeries('c1');
        queue.put(series.next(['/a']), series.about);
        const before = queue.state();
        const [head] = queue.heads();
        file.commit = () => {
          throw new AgentError('unavailable', 'disk full');
        };
        assert.throws(() => queue.put(series.next(['/b']), series.about), { code: 'unavailable' });
        assert.throws(() => head && queue.remove(head), { code: 'unavailable' });
        assert.deepEqual(queue.state(), before);
        assert.deepEqual(waiting(queue), [['/a']]);
      }));

    it('tells how full it is', () =>
      run(({ queue, reopen }) => {
        assert.deepEqual(queue.state(), {
          reports: 0,
          sizeBytes: 0,
          setAside: 0,
          oldestAgeMs: 0,
          gaveUp: 0,
        });
        const series = new SampleSeries('c1');
        const report = series.next(['/a']);
        queue.put(report, series.about);
        const sizeBytes = Buffer.byteLength(JSON.stringify(report));
        assert.deepEqual(
          { ...reopen().state() },
          { reports: 1, sizeBytes, setAside: 0, oldestAgeMs: 0, gaveUp: 0 },
        );
      }));

    describe('when it is full', () => {
      it('gives up the oldest periodic report of the series with the most, and closes the chain', () =>
        run(
          ({ queue, reopen }) => {
            const [long, short] = [new SampleSeries('c1', 1), new SampleSeries('c2', 2)];
            queue.put(short.next(['/x']), short.about);
            queue.put(long.next(['/a', '/aa']), long.about);
            queue.put(long.next(['/b']), long.about);
            queue.put(long.next(['/c']), long.about);
            const check = (each: ReportQueue) => {
              assert.deepEqual(waiting(each), [['/x'], ['/b', '/c']]);
              assertChain(each, long.about.seriesId);
              const reports = each.reportsOf(long.about.seriesId).map((one) => each.read(one));
              for (const report of reports) {
                assert.equal(annotationOf(report, 'completion'), 'partial');
                assert.equal(JSON.parse(annotationOf(report, 'evidence') ?? '').dropped, 2);
                assert.match(annotationOf(report, 'partialBecause') ?? '', /^2 entries given up/);
              }
              const [other] = each.reportsOf(short.about.seriesId).map((one) => each.read(one));
              assert.equal(annotationOf(other, 'completion'), 'complete');
              assert.equal(annotationOf(other, 'partialBecause'), undefined);
            };
            check(queue);
            check(reopen());
          },
          { maxReports: 3 },
        ));

      it('amends what is put later when no report of the series was left', () =>
        run(
          ({ queue, reopen }) => {
            const [lost, other] = [new SampleSeries('c1', 1), new SampleSeries('c2', 2)];
            queue.put(lost.next(['/a']), lost.about);
            queue.put(other.next(['/x'], 'completed'), other.about);
            assert.deepEqual(waiting(queue), [['/x']]);
            const again = reopen();
            const [head] = again.heads();
            if (head) again.remove(head);
            again.put(lost.next(['/b']), lost.about);
            const [second] = again.heads();
            const report = second && again.read(second);
            assert.equal(annotationOf(report, 'previousReportTimestamp'), ZERO_TIME);
            assert.equal(annotationOf(report, 'completion'), 'partial');
            if (second) again.remove(second);
            again.put(lost.next(['/c'], 'completed'), lost.about);
            const [third] = again.heads();
            const last = third && again.read(third);
            assert.equal(
              annotationOf(last, 'previousReportTimestamp'),
              annotationOf(report, 'reportTimestamp'),
            );
            assert.equal(annotationOf(last, 'completion'), 'partial');
          },
          { maxReports: 1 },
        ));

      it('does not think that an empty report is no loss', () =>
        run(
          ({ queue }) => {
            const series = new SampleSeries('c1');
            for (const paths of [[], ['/b']]) queue.put(series.next(paths), series.about);
            const [report] = waitingReports(queue);
            assert.equal(annotationOf(report, 'completion'), 'partial');
          },
          { maxReports: 1 },
        ));

      it('keeps last reports while there is a periodic one, and then gives up the oldest of them', () =>
        run(
          ({ queue }) => {
            const all = [1, 2, 3].map((seed) => new SampleSeries(`c${seed}`, seed));
            for (const one of all.slice(0, 2)) {
              queue.put(one.next([one.about.containerId], 'failed'), one.about);
            }
            const third = all[2] ?? new SampleSeries('c3', 3);
            queue.put(third.next(['periodic']), third.about);
            assert.deepEqual(waiting(queue), [['c1'], ['c2']]);
            queue.put(third.next(['last'], 'completed'), third.about);
            assert.deepEqual(waiting(queue), [['c2'], ['last']]);
          },
          { maxReports: 2 },
        ));

      it('counts bytes as well as reports', () =>
        run(
          ({ queue }) => {
            const series = new SampleSeries('c1');
            for (let i = 0; i < 20; i += 1) {
              queue.put(series.next([`/${i}/${'x'.repeat(1_000)}`]), series.about);
              assert.ok(queue.state().sizeBytes <= 10_000);
            }
            assert.ok(queue.state().reports > 1);
            assertChain(queue, series.about.seriesId);
          },
          { maxSizeBytes: 10_000 },
        ));
    });

    it('puts the parts of a report in its place, at once and in order', () =>
      run(({ queue, reopen }) => {
        const series = new SampleSeries('c1');
        for (const paths of [['/a', '/b', '/c', '/d'], ['/e']]) {
          queue.put(series.next(paths), series.about);
        }
        const random = seededRandom(9);
        for (let depth = 1; depth <= 2; depth += 1) {
          const [head] = queue.heads();
          const report = head && queue.read(head);
          const parts = report && splitReport(report, random);
          assert.ok(head && parts);
          queue.replace(head, parts);
          assert.equal(queue.heads()[0]?.depth, depth);
        }
        const check = (each: ReportQueue) => {
          assert.deepEqual(waiting(each), [['/a', '/b', '/c', '/d', '/e']]);
          assertChain(each, series.about.seriesId);
          assert.equal(each.state().reports, 4);
        };
        check(queue);
        check(reopen());
      }));

    it('does not say twice what was given up when a report is split or renamed', () =>
      run(
        ({ queue }) => {
          const series = new SampleSeries('c1');
          for (const paths of [['/a'], ['/b', '/c']]) queue.put(series.next(paths), series.about);
          const [head] = queue.heads();
          const report = head && queue.read(head);
          assert.ok(head && report);
          queue.replace(head, [renamedReport(report, seededRandom(4))]);
          const [renamed] = queue.heads();
          assert.notEqual(renamed?.id, head.id);
          const evidence = annotationOf(renamed && queue.read(renamed), 'evidence');
          assert.equal(JSON.parse(evidence ?? '').dropped, 1);
        },
        { maxReports: 1 },
      ));

    it('sets a report aside with its content and the reason, and closes the chain over it', () =>
      run(
        ({ file, queue, reopen }) => {
          const series = new SampleSeries('c1');
          for (const path of ['/a', '/b', '/c']) queue.put(series.next([path]), series.about);
          for (const head of [queue.heads()[0], queue.reportsOf(series.about.seriesId)[1]]) {
            if (head) queue.setAside(head, `reason for ${head.entries}`);
          }
          const [poison, ...others] = queue.poison;
          assert.deepEqual([poison?.reason, others], ['reason for 1', []]);
          const body = file.body({ table: 'set-aside', key: poison?.id ?? '' });
          assert.deepEqual(pathsOf(JSON.parse(body ?? '{}')), ['/b']);
          const again = reopen();
          assert.deepEqual(again.poison, [poison]);
          assertChain(again, series.about.seriesId);
          const [left] = waitingReports(again);
          assert.equal(annotationOf(left, 'completion'), 'partial');
          assert.equal(again.state().setAside, 1);
        },
        { maxSetAside: 1 },
      ));

    it('drops all that waits of a series, and knows its container still', () =>
      run(({ queue, reopen }) => {
        const series = new SampleSeries('c1');
        for (const path of ['/a', '/b']) queue.put(series.next([path]), series.about);
        queue.dropSeries(series.about.seriesId);
        const again = reopen();
        assert.deepEqual(again.heads(), []);
        assert.equal(again.known('c1')?.seriesId, series.about.seriesId);
        again.end(series.about.seriesId);
        assert.equal(reopen().known('c1'), undefined);
      }));

    it('forgets the containers that were reported longest ago when there are too many', () =>
      run(
        ({ queue }) => {
          for (let i = 0; i < 5; i += 1) {
            const series = new SampleSeries(`c${i}`, i);
            queue.put(series.next([]), series.about);
            queue.dropSeries(series.about.seriesId);
          }
          const known = [0, 1, 2, 3, 4].filter((i) => queue.known(`c${i}`) !== undefined);
          assert.deepEqual(known, [2, 3, 4]);
        },
        { maxSeries: 3 },
      ));
  });
}
