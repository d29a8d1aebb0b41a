import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { settle } from '#runtime/virtual-clock.js';
import { MemorySpoolFile } from './memory-spool-file.ts';
import type { NewSpooledAlert } from './spool-file.ts';
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

  override append(alerts: readonly NewSpooledAlert[]) {
    if (this.refuses === 'append') throw new AgentError('unavailable', 'disk full');
    this.appends.push(alerts.length);
    return super.append(alerts);
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
    it('delivers from memory, says so, and goes back to the file', async () => {
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
      assert.equal(rig.spool.backlog('away').count, 5);
      const failures = rig.logged.filter(({ message }) => /cannot be written/.test(message));
      assert.equal(failures.length, 1);

      file.refuses = undefined;
      rig.add(1);
      await settle();
      assert.deepEqual([...rig.conditions.keys()], []);
      // What one sink has had already it gets again: the others have not.
      assert.deepEqual(
        file.waiting('away', 10).map(({ alert }) => JSON.parse(alert).message),
        [1, 6, 2, 3, 4, 5].map((n) => `message ${n}`),
      );
      assert.equal(new Set(good.alerts.map((alert) => alert.idempotencyKey)).size, 6);
      await rig.close();
    });

    it('keeps no more than there is room for, and counts the rest', async () => {
      const file = new TestFile();
      const sink = new CollectingSink('away', NEVER);
      const rig = new LaneRig([sink], { file, reserveBytes: 20_000 });
      file.refuses = 'append';
      rig.add(100);
      await settle();
      const { count } = rig.spool.backlog('away');
      assert.ok(count > 2 && rig.spool.sizeBytes <= 20_000);
      assert.equal(rig.spool.discarded.get('away'), 100 - count);
      assert.equal(rig.spool.lost('away')?.count, 100 - count);
      await rig.close();
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

  it('counts alerts that come after it was closed as discarded', async () => {
    const rig = new LaneRig([new CollectingSink('a')]);
    await rig.close();
    rig.add(2);
    await settle();
    assert.equal(rig.spool.discarded.get('a'), 2);
  });
});
