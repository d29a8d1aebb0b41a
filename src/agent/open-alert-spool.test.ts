import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openAlertSpool } from './open-alert-spool.ts';

const alerts = [{ alert: '{}', key: 'k' }];

describe('openAlertSpool', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-spool-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  function opened(options: { readonly store?: string; readonly alertSpool?: string }) {
    const clock = new VirtualClock();
    const health = new Health(() => clock.now());
    const all = { store: ':memory:', alertSpool: '', alertSpoolBytes: 1_000_000, ...options };
    const spool = openAlertSpool({ options: all, clock, log: silentLogger, health });
    spool.useSinks(['a']);
    spool.append(alerts);
    assert.equal(spool.waiting('a', 10).length, 1);
    return { spool, conditions: health.conditions().map(({ name }) => name) };
  }

  it('puts the file where the option says, else beside the store, else nowhere', () => {
    const cases = [
      { store: join(folder, 'profiles.db') },
      { alertSpool: join(folder, 'a/b.db') },
      {},
    ];
    for (const options of cases) {
      const { spool, conditions } = opened(options);
      assert.deepEqual(conditions, []);
      spool.close();
    }
    assert.ok(existsSync(join(folder, 'profiles-alerts.db')));
    assert.ok(existsSync(join(folder, 'a/b.db')));
  });

  it('goes on in memory and says so when there can be no file', () => {
    writeFileSync(join(folder, 'file'), '');
    const { conditions } = opened({ alertSpool: join(folder, 'file/alerts.db') });
    assert.deepEqual(conditions, ['alert-spool']);
  });

  it('refuses the file of another program', () => {
    const path = join(folder, 'theirs.db');
    const theirs = new DatabaseSync(path);
    theirs.exec('CREATE TABLE theirs (x)');
    theirs.close();
    assert.throws(() => opened({ alertSpool: path }), { code: 'invalid' });
  });
});
