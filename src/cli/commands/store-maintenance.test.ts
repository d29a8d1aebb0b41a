import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openSqliteProfileStore } from '#storage/sqlite-profile-store.js';
import { aProfile } from '#storage/testing/sample-profiles.js';
import type { Terminal } from '../terminal.ts';
import { runStoreBackup, runStoreCheck, runStoreCompact } from './store-maintenance.ts';

describe('the commands that look after a store', () => {
  let folder: string;
  let store: string;
  let out: string;
  let terminal: Terminal;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-maintenance-'));
    store = join(folder, 'profiles.db');
    out = '';
    terminal = {
      write: (text) => {
        out += text;
      },
      writeError: () => {},
      isFull: () => false,
      emptied: async () => {},
      hasColour: false,
    };
    const sources = { clock: new VirtualClock(1e12), random: seededRandom(1), log: silentLogger };
    const opened = openSqliteProfileStore({ path: store, ...sources });
    const { signal } = new AbortController();
    await opened.create('ContainerProfile', aProfile(), { signal });
    opened.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('say that a store is whole, and what is not', async () => {
    assert.equal(await runStoreCheck({ store, terminal }), 0);
    assert.equal(out, `${store} is whole\n`);
    const vandal = new DatabaseSync(store);
    vandal.exec("UPDATE objects SET metadata = '{'; INSERT INTO bodies (body) VALUES ('{}')");
    vandal.close();
    out = '';
    assert.equal(await runStoreCheck({ store, terminal }), 3);
    const lines = out.trimEnd().split('\n');
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /^ContainerProfile shop\/web: its metadata is not the JSON/);
    assert.match(lines[1] ?? '', /profiles\.db: a body belongs to no object/);
  });

  it('copy a store once, and say how large the copy is', async () => {
    const target = join(folder, 'copy.db');
    assert.equal(await runStoreBackup({ store, terminal }, target), 0);
    assert.match(out, /copied to .*copy\.db \(\d+ bytes\)\n$/);
    assert.ok(existsSync(target));
    await assert.rejects(runStoreBackup({ store, terminal }, target), { code: 'invalid' });
  });

  it('compact a store, and say what that gained', async () => {
    assert.equal(await runStoreCompact({ store, terminal }), 0);
    assert.match(out, /profiles\.db: \d+ bytes before, \d+ bytes after\n$/);
    await assert.rejects(runStoreCompact({ store: join(folder, 'none.db'), terminal }), {
      code: 'not-found',
    });
  });
});
