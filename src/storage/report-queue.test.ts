import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { ReportQueue } from '#learning/report-queue.js';
import { describeReportQueue } from '#learning/testing/report-queue-contract.js';
import { pathsOf, SampleSeries } from '#learning/testing/sample-reports.js';
import { type Logger, silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { SqliteQueueFile } from './report-queue.ts';
import { withFolder } from './testing/temporary-folder.ts';

describeReportQueue('SQLite', (work) =>
  withFolder(async (folder) =>
    work(() => new SqliteQueueFile({ path: `${folder}/queue.db`, log: silentLogger })),
  ),
);

const clock = new VirtualClock();

/** A file with one report, closed. */
function filled(path: string): void {
  const file = new SqliteQueueFile({ path, log: silentLogger });
  const queue = new ReportQueue({ file, clock, log: silentLogger });
  const series = new SampleSeries('c1');
  queue.put(series.next([`/${'a'.repeat(50_000)}`]), series.about);
  file.close();
}

function pathsIn(file: SqliteQueueFile, { about }: SampleSeries): readonly string[] {
  const queue = new ReportQueue({ file, clock, log: silentLogger });
  return queue.reportsOf(about.seriesId).flatMap((each) => pathsOf(queue.read(each)));
}

function listening(): { readonly errors: string[]; readonly log: Logger } {
  const errors: string[] = [];
  return { errors, log: { ...silentLogger, error: (message) => void errors.push(message) } };
}

function scribble(path: string, at: number): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, Buffer.alloc(8_192, 0x5a), 0, 8_192, at);
  closeSync(fd);
}

describe('SqliteQueueFile', () => {
  it('makes its folder, and a file that only its owner may read', () =>
    withFolder(async (folder) => {
      const path = `${folder}/deep/queue.db`;
      const file = new SqliteQueueFile({ path, log: silentLogger });
      file.commit([{ type: 'put', row: { table: 'series', key: 'k', head: '{}' } }]);
      for (const name of readdirSync(`${folder}/deep`)) {
        assert.equal(statSync(`${folder}/deep/${name}`).mode & 0o777, 0o600, name);
      }
      file.close();
      assert.throws(() => file.rows(), { code: 'unavailable', message: /^report queue / });
    }));

  it('refuses a file that another agent has open', () =>
    withFolder(async (folder) => {
      const path = `${folder}/queue.db`;
      const file = new SqliteQueueFile({ path, log: silentLogger });
      const open = () => new SqliteQueueFile({ path, log: silentLogger });
      assert.throws(open, { code: 'unavailable', message: /report queue .*busy/ });
      file.close();
      open().close();
    }));

  it('refuses what belongs to another program or a newer version, and leaves it as it is', () =>
    withFolder(async (folder) => {
      const path = `${folder}/queue.db`;
      const other = new DatabaseSync(path);
      other.exec('CREATE TABLE theirs (x)');
      other.close();
      const open = () => new SqliteQueueFile({ path, log: silentLogger });
      assert.throws(open, { code: 'invalid', message: /another program/ });
      rmSync(path);
      filled(path);
      const newer = new DatabaseSync(path);
      newer.exec('PRAGMA user_version = 99');
      newer.close();
      assert.throws(open, { code: 'invalid', message: /schema 99/ });
      assert.deepEqual(readdirSync(folder), ['queue.db']);
    }));

  it('moves a damaged file aside and begins a new one', () =>
    withFolder(async (folder) => {
      const path = `${folder}/queue.db`;
      for (const [n, at] of [
        [1, 0],
        [2, 12_288],
      ] as const) {
        filled(path);
        scribble(path, at);
        const { errors, log } = listening();
        const file = new SqliteQueueFile({ path, log });
        assert.deepEqual(file.rows(), []);
        assert.equal(errors.length, 1);
        assert.ok(existsSync(`${path}.damaged-${n}`));
        file.close();
        rmSync(path);
      }
    }));

  for (const harm of ['damaged', 'removed'] as const) {
    it(`goes on in a new file when its own is ${harm} while it is open`, () =>
      withFolder(async (folder) => {
        const path = `${folder}/queue.db`;
        filled(path);
        const { errors, log } = listening();
        const file = new SqliteQueueFile({ path, log });
        const queue = new ReportQueue({ file, clock, log });
        if (harm === 'removed') rmSync(path);
        else for (let at = 0; at < 50_000; at += 8_192) scribble(path, at);
        const series = new SampleSeries('c2', 2);
        // What SQLite has in memory may serve once more before it finds out.
        queue.put(series.next(['/0']), series.about);
        for (const head of queue.heads()) queue.read(head);
        queue.put(series.next(['/1']), series.about);
        assert.equal(errors.length, 1);
        file.close();
        const again = new SqliteQueueFile({ path, log });
        assert.ok(pathsIn(again, series).includes('/1'));
        again.close();
      }));
  }

  it('says what to do when the disk is full, and takes more when there is room again', () =>
    withFolder(async (folder) => {
      const path = `${folder}/queue.db`;
      filled(path);
      const limited = new SqliteQueueFile({ path, log: silentLogger, maxSizeBytes: 100_000 });
      const put = (size: number) =>
        limited.commit([
          { type: 'put', row: { table: 'reports', key: 'k', head: '{}' }, body: 'x'.repeat(size) },
        ]);
      assert.throws(() => put(200_000), {
        code: 'unavailable',
        message: /report queue .*cannot grow/,
      });
      put(10);
      limited.close();
    }));
});
