import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import type { SpoolFile } from '#alerts/spool-file.js';
import { describeSpoolFile, spooled } from '#alerts/testing/spool-file-contract.js';
import { type Logger, silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { SqliteAlertSpoolFile } from './alert-spool-file.ts';
import { withFolder } from './testing/temporary-folder.ts';

describeSpoolFile('SQLite', (work) =>
  withFolder(async (folder) =>
    work((bounds) => {
      const file: SpoolFile = new SqliteAlertSpoolFile({
        path: `${folder}/alerts.db`,
        log: silentLogger,
        ...bounds,
      });
      return file;
    }),
  ),
);

const clock = new VirtualClock();

function opened(path: string, log: Logger = silentLogger) {
  const file = new SqliteAlertSpoolFile({ path, log, clock });
  file.useSinks(['a']);
  return file;
}

function filled(path: string, length = 20): void {
  const file = opened(path);
  file.append(Array.from({ length }, (_, i) => spooled(`${i}`, 'x'.repeat(3_000))));
  file.close();
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

describe('SqliteAlertSpoolFile', () => {
  it('makes its folder, and files that only their owner may read', () =>
    withFolder(async (folder) => {
      const file = opened(`${folder}/deep/alerts.db`);
      file.append([spooled('x')]);
      for (const name of readdirSync(`${folder}/deep`)) {
        assert.equal(statSync(`${folder}/deep/${name}`).mode & 0o777, 0o600, name);
      }
      file.close();
      assert.throws(() => file.append([spooled('y')]), {
        code: 'unavailable',
        message: /^alert spool /,
      });
      file.acknowledge('a', 1);
      file.close();
    }));

  it('refuses a file that another agent has open, belongs to another program or a newer version', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      const file = opened(path);
      assert.throws(() => opened(path), { code: 'unavailable', message: /alert spool .*busy/ });
      file.close();
      const newer = new DatabaseSync(path);
      newer.exec('PRAGMA user_version = 99');
      newer.close();
      assert.throws(() => opened(path), { code: 'invalid', message: /schema 99/ });
      rmSync(path);
      const other = new DatabaseSync(path);
      other.exec('CREATE TABLE theirs (x)');
      other.close();
      assert.throws(() => opened(path), { code: 'invalid', message: /another program/ });
      assert.deepEqual(readdirSync(folder), ['alerts.db']);
    }));

  it('refuses a file that is no database, and leaves it as it is', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      for (const text of ['hello', 'x'.repeat(5_000)]) {
        writeFileSync(path, text);
        assert.throws(() => opened(path), { code: 'invalid', message: /no SQLite database/ });
        assert.deepEqual(readdirSync(folder), ['alerts.db']);
        assert.equal(readFileSync(path, 'utf8'), text);
      }
      writeFileSync(path, '');
      opened(path).close();
    }));

  it('opens the file of an earlier version', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      filled(path, 3);
      const earlier = new DatabaseSync(path);
      earlier.exec(
        'ALTER TABLE sinks DROP COLUMN told; ALTER TABLE sinks DROP COLUMN discarded; PRAGMA user_version = 1',
      );
      earlier.close();
      const file = opened(path);
      const none = { acknowledged: 0, lost: 0, untold: 0, told: 0 };
      assert.deepEqual(file.backlog('a'), { count: 3, ...none });
      file.close();
    }));

  it('keeps what is in a write-ahead log that is removed while it is open', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      const { errors, log } = listening();
      const file = opened(path, log);
      file.append([spooled('x'), spooled('y')]);
      file.acknowledge('a', 1);
      rmSync(`${path}-wal`);
      file.append([spooled('z')]);
      assert.equal(errors.length, 1);
      // As after a kill: what stands in the folder is all that there is.
      mkdirSync(`${folder}/killed`);
      for (const name of ['alerts.db', 'alerts.db-wal']) {
        copyFileSync(`${folder}/${name}`, `${folder}/killed/${name}`);
      }
      for (const each of [file, opened(`${folder}/killed/alerts.db`)]) {
        assert.deepEqual(
          each.waiting('a', 10).map(({ sequence }) => sequence),
          [2, 3],
        );
        assert.equal(each.backlog('a')?.lost, 0);
        each.close();
      }
    }));

  it('says once that a folder took its place, and begins anew when that is gone', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      filled(path, 3);
      const { errors, log } = listening();
      const file = opened(path, log);
      rmSync(path);
      mkdirSync(path);
      for (let i = 0; i < 5; i += 1) {
        assert.throws(() => file.append([spooled('x')]), { code: 'unavailable' });
      }
      assert.equal(errors.length, 1);
      rmdirSync(path);
      file.append([spooled('x')]);
      const { count, lost } = file.backlog('a') ?? {};
      assert.deepEqual({ count, lost }, { count: 1, lost: 3 });
      assert.equal(errors.length, 1);
      file.close();
    }));

  it('moves a damaged file aside and begins a new one', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      for (const [n, at] of [
        [1, 0],
        [2, 12_288],
      ] as const) {
        filled(path);
        scribble(path, at);
        const { errors, log } = listening();
        const file = opened(path, log);
        assert.deepEqual(file.waiting('a', 10), []);
        assert.equal(errors.length, 1);
        assert.ok(existsSync(`${path}.damaged-${n}`));
        file.append([spooled('x')]);
        assert.equal(file.waiting('a', 10).length, 1);
        file.close();
        rmSync(path);
      }
    }));

  for (const harm of ['damaged', 'removed'] as const) {
    it(`goes on in a new file when its own is ${harm} while it is open, and says what was lost`, () =>
      withFolder(async (folder) => {
        const path = `${folder}/alerts.db`;
        // More than SQLite keeps in memory, and would go on with.
        const before = 1_500;
        filled(path, before);
        const { errors, log } = listening();
        const file = opened(path, log);
        if (harm === 'removed') rmSync(path);
        else for (let at = 0; at < statSync(path).size - 8_192; at += 8_192) scribble(path, at);
        let discarded = 0;
        for (const key of ['new 1', 'new 2', 'new 3']) {
          discarded += sumOf(file.append([spooled(key)]));
          file.waiting('a', 2_000);
        }
        assert.equal(errors.length, 1);
        const { count = 0, lost = 0 } = file.backlog('a') ?? {};
        assert.equal(count + lost, before + 3);
        assert.equal(discarded, lost);
        // An append may have gone well before anything was found out.
        assert.ok(lost >= before && lost <= before + 1, `${lost} lost`);
        const sequences = file.waiting('a', 100).map(({ sequence }) => sequence);
        assert.equal(sequences.at(-1), before + 3);
        file.close();
        const again = opened(path, log);
        assert.deepEqual(
          again.waiting('a', 100).map(({ sequence }) => sequence),
          sequences,
        );
        assert.equal(again.backlog('a')?.lost, lost);
        again.close();
      }));
  }

  it('changes nothing when it cannot be written, and writes later how far the sinks are', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      filled(path);
      const file = opened(path);
      const full = failingWrites(file);
      assert.throws(() => file.append([spooled('y')]), { code: 'unavailable' });
      file.acknowledge('a', 7);
      assert.equal(file.waiting('a', 1)[0]?.sequence, 8);
      assert.equal(file.backlog('a')?.count, 13);
      full.end();
      file.append([spooled('z')]);
      file.close();
      const again = opened(path);
      assert.deepEqual(
        again.waiting('a', 100).map(({ sequence }) => sequence),
        Array.from({ length: 14 }, (_, i) => 8 + i),
      );
      again.close();
    }));

  it('keeps the file near its bound while alerts come and nobody takes them', () =>
    withFolder(async (folder) => {
      const path = `${folder}/alerts.db`;
      const maxBytes = 2 * 1024 * 1024;
      const file = new SqliteAlertSpoolFile({ path, log: silentLogger, clock, maxBytes });
      file.useSinks(['a']);
      for (let i = 0; i < 300; i += 1) {
        const size = 500 + ((i * 7_919) % 9_000);
        file.append(Array.from({ length: 8 }, (_, j) => spooled(`${i} ${j}`, 'x'.repeat(size))));
      }
      assert.ok(file.sizeBytes <= maxBytes);
      file.close();
      const { size } = statSync(path);
      assert.ok(size <= maxBytes * 1.33, `${size} bytes`);
    }));
});

function sumOf(discarded: ReadonlyMap<string, number>): number {
  return [...discarded.values()].reduce((sum, count) => sum + count, 0);
}

/** Lets the disk be full: the database under a spool may not grow until `end`. */
function failingWrites(file: SqliteAlertSpoolFile): { readonly end: () => void } {
  const { prototype } = DatabaseSync;
  const { exec } = prototype;
  prototype.exec = function (sql: string) {
    if (sql === 'BEGIN IMMEDIATE') throw Object.assign(new Error('full'), { errcode: 13 });
    return exec.call(this, sql);
  };
  assert.ok(file);
  return {
    end: () => {
      prototype.exec = exec;
    },
  };
}
