import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
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
        for (const key of ['new 1', 'new 2']) {
          file.append([spooled(key)]);
          file.waiting('a', 2_000);
        }
        assert.equal(errors.length, 1);
        const { count = 0, lost = 0 } = file.backlog().get('a') ?? {};
        assert.equal(count + lost, before + 2);
        // An append may have gone well before anything was found out.
        assert.ok(lost >= before && lost <= before + 1, `${lost} lost`);
        const sequences = file.waiting('a', 100).map(({ sequence }) => sequence);
        assert.equal(sequences.at(-1), before + 2);
        file.close();
        const again = opened(path, log);
        assert.deepEqual(
          again.waiting('a', 100).map(({ sequence }) => sequence),
          sequences,
        );
        assert.equal(again.backlog().get('a')?.lost, lost);
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
      assert.equal(file.backlog().get('a')?.count, 13);
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
