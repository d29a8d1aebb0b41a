import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { settle } from '#runtime/virtual-clock.js';
import { MemorySpoolFile } from './memory-spool-file.ts';
import { NOTICE_RULES } from './notice-alert.ts';
import type { NewSpooledAlert, SinkStanding } from './spool-file.ts';
import { anAlert } from './testing/alerts.ts';
import { CollectingSink } from './testing/collecting-sink.ts';
import { LaneRig } from './testing/lane-rig.ts';

const NEVER = () => new Promise<void>(() => {});

/** A file that can be made to refuse, and counts appends. */
class TestFile extends MemorySpoolFile {
  readonly appends: number[] = [];
  refuses: 'append' | 'read' | undefined;
  isClosed = false;

  constructor() {
    super({ clock: { now: () => 0 } });
  }

  override append(
    alerts: readonly NewSpooledAlert[],
    standings?: ReadonlyMap<string, SinkStanding>,
  ) {
    if (this.refuses === 'append') throw new AgentError('unavailable', 'disk full');
    if (alerts.length > 0) this.appends.push(alerts.length);
    return super.append(alerts, standings);
  }

  override waiting(sink: string, limit: number) {
    if (this.refuses === 'read') throw new AgentError('unavailable', 'disk broken');
    return super.waiting(sink, limit);
  }

  override close(): void {
    this.isClosed = true;
  }
}

describe('AlertSpool', () => {
  it('writes the alerts of one turn of the event loop together, and what waits too long in parts', async () => {
    const file = new TestFile();
    const rig = new LaneRig([new CollectingSink('a')], { file });
    rig.add(3);
    assert.deepEqual(file.appends, [], 'not accepted yet');
    assert.equal(rig.spool.counts.accepted, 0);
    await settle();
    assert.deepEqual(file.appends, [3]);
    rig.add(600);
    assert.deepEqual(file.appends, [3, 256, 256]);
    await settle();
    assert.deepEqual(file.appends, [3, 256, 256, 88]);
    assert.deepEqual(rig.spool.counts, { accepted: 603, unwritten: 0 });
    await rig.close();
    assert.equal(file.isClosed, true);
  });

  describe('while its file cannot be written', () => {
    it('delivers from memory, says so, and goes back to the file, in order and with nothing twice', async () => {
      const file = new TestFile();
      const [good, away] = [new CollectingSink('good'), new CollectingSink('away', NEVER)];
      const rig = new LaneRig([good, away], { file });
      rig.add(1);
      await settle();
      file.refuses = 'append';
      rig.add(2);
      await settle();
      rig.add(2);
      await settle();
      assert.equal(good.alerts.length, 5);
      assert.match(rig.conditions.get('alert-spool') ?? '', /kept in memory/);
      assert.deepEqual(rig.spool.counts, { accepted: 5, unwritten: 4 });
      assert.equal(rig.spool.count('away'), 5);
      const failures = rig.logged.filter(({ message }) => /cannot be written/.test(message));
      assert.equal(failures.length, 1);

      file.refuses = undefined;
      rig.add(1);
      await rig.clock.advance(5_000);
      assert.deepEqual([...rig.conditions.keys()], []);
      assert.deepEqual(
        file.waiting('away', 10).map(({ alert }) => JSON.parse(alert).message),
        [1, 2, 3, 4, 5, 6].map((n) => `message ${n}`),
      );
      rig.add(1);
      await settle();
      assert.deepEqual(
        good.messages,
        [1, 2, 3, 4, 5, 6, 7].map((n) => `message ${n}`),
      );
      await rig.close();
    });

    it('keeps no more than there is room for, and counts the rest', async () => {
      const file = new TestFile();
      const sink = new CollectingSink('away', NEVER);
      const rig = new LaneRig([sink], { file, reserveBytes: 20_000 });
      file.refuses = 'append';
      rig.add(100);
      await settle();
      const count = rig.spool.count('away');
      assert.ok(count > 2 && rig.spool.sizeBytes <= 20_000);
      assert.equal(rig.spool.discarded.get('away'), 100 - count);
      assert.equal(rig.spool.lost('away')?.count, 100 - count);
      await rig.close();
    });

    it('tells of what was discarded in memory also after it went back to the file and was killed', async () => {
      const file = new TestFile();
      const rig = new LaneRig([new CollectingSink('away', NEVER)], { file, reserveBytes: 20_000 });
      file.refuses = 'append';
      rig.add(100);
      await settle();
      const count = rig.spool.count('away');
      file.refuses = undefined;
      await rig.clock.advance(5_000);
      assert.equal(file.appends.at(-1), count);
      assert.equal(rig.spool.lost('away')?.count, 100 - count);
      const again = new CollectingSink('away');
      const next = new LaneRig([again], { file });
      await settle();
      assert.equal(again.alerts[0]?.ruleID, NOTICE_RULES.discarded);
      assert.equal(again.alerts[0]?.arguments['count'], 100 - count);
      assert.equal(again.alerts.length, 1 + count);
      assert.equal(next.spool.lost('away'), undefined);
      await next.close();
      await rig.close();
    });

    it('delivers what waits in the file from before as soon as it can be used', async () => {
      const file = new TestFile();
      file.useSinks(['a']);
      const alert = JSON.stringify(anAlert({ finding: { message: 'from before' } }));
      file.append([{ alert, key: 'k' }]);
      file.refuses = 'append';
      const waiting = file.waiting.bind(file);
      file.waiting = () => [];
      const sink = new CollectingSink('a');
      const rig = new LaneRig([sink], { file });
      assert.match(rig.conditions.get('alert-spool') ?? '', /disk full/);
      await settle();
      file.refuses = undefined;
      file.waiting = waiting;
      await rig.clock.advance(5_000);
      assert.deepEqual(sink.messages, ['from before']);
      assert.deepEqual([...rig.conditions], []);
      assert.equal(rig.clock.pending, 0);
      await rig.close();
    });

    it('says how many are lost when it ends and the file still cannot be written', async () => {
      const file = new TestFile();
      const rig = new LaneRig([new CollectingSink('away', NEVER)], { file });
      file.refuses = 'append';
      rig.add(3);
      await settle();
      await rig.close();
      const lost = rig.logged.find(({ message }) => /in memory are lost/.test(message));
      assert.deepEqual(lost?.fields, { alerts: 3 });
      assert.equal(rig.clock.pending, 0);
    });

    it('brings what is in memory to the file when it is closed, if that can be written then', async () => {
      const file = new TestFile();
      const rig = new LaneRig([new CollectingSink('away', NEVER)], { file });
      file.refuses = 'append';
      const [key = ''] = rig.add(1);
      await settle();
      assert.ok(rig.spool.find(key));
      file.refuses = undefined;
      await rig.close();
      assert.equal(file.waiting('away', 10).length, 1);
    });
  });

  it('has its lanes try again when the file cannot be read', async () => {
    const file = new TestFile();
    const sink = new CollectingSink('a');
    const rig = new LaneRig([sink], { file });
    file.refuses = 'read';
    rig.add(1);
    await rig.clock.advance(10_000);
    assert.match(rig.conditions.get('alert-sink-a') ?? '', /disk broken/);
    file.refuses = undefined;
    await rig.clock.advance(60_000);
    assert.equal(sink.alerts.length, 1);
    assert.deepEqual([...rig.conditions.keys()], []);
    await rig.close();
  });

  it('says how many alerts it forgets with a sink that is no longer configured', async () => {
    const file = new TestFile();
    const first = new LaneRig([new CollectingSink('renamed', NEVER)], { file });
    first.add(4);
    await settle();
    await first.close();
    const next = new LaneRig([new CollectingSink('new-name')], { file });
    const told = next.logged.find(({ message }) => /no longer configured/.test(message));
    assert.deepEqual(told?.fields, { sink: 'renamed', alerts: 4 });
    await next.close();
  });

  it('counts alerts that come after it was closed as discarded', async () => {
    const rig = new LaneRig([new CollectingSink('a')]);
    await rig.close();
    rig.add(2);
    await settle();
    assert.equal(rig.spool.discarded.get('a'), 2);
  });
});
