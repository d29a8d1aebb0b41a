// Puts reports into a queue and takes them out again until it is killed: `node queue-crash-writer.ts FILE
// ROUND`. Prints a line for each report that is durable or gone for good, in JSON.
import { writeSync } from 'node:fs';
import { ReportQueue } from '#learning/report-queue.js';
import { splitReport } from '#learning/split-report.js';
import { pathsOf, SampleSeries } from '#learning/testing/sample-reports.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { SqliteQueueFile } from '../report-queue.ts';

const [, , path = '', round = ''] = process.argv;
const file = new SqliteQueueFile({ path, log: silentLogger });
const queue = new ReportQueue({ file, clock: systemClock, log: silentLogger });
const all = [1, 2, 3].map((n) => new SampleSeries(`${round}-c${n}`, Number(round) * 10 + n));

tell({ opened: true });
for (let turn = 0; ; turn += 1) {
  for (const series of all) put(series, turn);
  if (turn % 2 === 1) splitOne();
  if (turn % 3 === 2) removeOne();
}

function put(series: SampleSeries, turn: number): void {
  const paths = ['a', 'b'].map((part) => `/${series.about.containerId}/${turn}/${part}`);
  queue.put(series.next([...paths, `/${'x'.repeat(20_000)}`]), series.about);
  tell({ put: paths });
}

function splitOne(): void {
  const head = queue.heads().at(-1);
  const report = head && queue.read(head);
  const parts = report && splitReport(report, systemRandom);
  if (head && parts) queue.replace(head, parts);
}

function removeOne(): void {
  const [head] = queue.heads();
  if (head === undefined) return;
  const paths = pathsOf(queue.read(head));
  tell({ removing: paths });
  queue.remove(head);
  tell({ removed: paths });
}

function tell(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
