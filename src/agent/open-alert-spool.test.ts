import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

  function unopened(options: { readonly store?: string; readonly alertSpool?: string }) {
    const clock = new VirtualClock();
    const health = new Health(() => clock.now());
    const all = { store: ':memory:', alertSpool: '', alertSpoolBytes: 1_000_000, ...options };
    const spool = openAlertSpool({ options: all, clock, log: silentLogger, health });
    return { spool, clock, health };
  }

  function opened(options: { readonly store?: string; readonly alertSpool?: string }) {
    const { spool, health } = unopened(options);
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

  it('says so when there can be no file, and tries again each minute, with what waits there', async () => {
    const path = join(folder, 'late', 'alerts.db');
    opened({ alertSpool: path }).spool.close();
    renameSync(join(folder, 'late'), join(folder, 'away'));
    writeFileSync(join(folder, 'late'), '');
    const { spool, clock, health } = unopened({ alertSpool: path });
    const names = () => health.conditions().map(({ name }) => name);
    spool.useSinks(['a']);
    assert.throws(() => spool.append(alerts), { code: 'unavailable' });
    assert.deepEqual(names(), ['alert-spool']);
    assert.deepEqual(
      [spool.waiting('a', 10), spool.sizeBytes, spool.find('k')],
      [[], 0, undefined],
    );
    rmSync(join(folder, 'late'));
    renameSync(join(folder, 'away'), join(folder, 'late'));
    await clock.advance(59_999);
    assert.throws(() => spool.append(alerts), { code: 'unavailable' });
    await clock.advance(1);
    spool.append(alerts);
    assert.deepEqual(names(), []);
    assert.equal(spool.waiting('a', 10).length, 2);
    spool.close();
    assert.throws(() => spool.append(alerts), { code: 'unavailable' });
  });

  it('goes on while another agent has the file, and never opens it after it was closed', async () => {
    const alertSpool = join(folder, 'shared.db');
    const first = opened({ alertSpool });
    const { spool, clock } = unopened({ alertSpool });
    assert.throws(() => spool.append([]), { code: 'unavailable', message: /busy/ });
    first.spool.close();
    spool.close();
    await clock.advance(60_000);
    assert.throws(() => spool.append([]), { code: 'unavailable' });
  });

  it('refuses the file of another program', () => {
    const path = join(folder, 'theirs.db');
    const theirs = new DatabaseSync(path);
    theirs.exec('CREATE TABLE theirs (x)');
    theirs.close();
    assert.throws(() => opened({ alertSpool: path }), { code: 'invalid' });
  });
});
