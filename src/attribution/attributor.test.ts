import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import { FIRST_MADE_UP_CGROUP_ID } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import type { RawRecord } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Attributor } from './attributor.ts';
import { aCgroup, aContainer, aFork, anExec, anExit, anOpen } from './testing/build-event.ts';

const HEX = 'ab'.repeat(32);

function setUp(options: { readonly holdLimit?: number } = {}) {
  const clock = new VirtualClock(1_000_000);
  const accounting = new EventAccounting();
  const delivered: AttributedEvent[] = [];
  const losses: [string, number][] = [];
  const attributor = new Attributor({
    ...{ clock, accounting, log: silentLogger, ...options },
    onEvent: (event) => {
      delivered.push(event);
      accounting.evaluated();
    },
    onLoss: ({ id }, count) => losses.push([id, count]),
  });
  return {
    ...{ clock, accounting, attributor, delivered, losses },
    accept: (...records: RawRecord[]) => attributor.accept(records),
    seqs: () => delivered.map(({ event }) => event.seq),
    counts: () => accounting.snapshot(),
  };
}

describe('attribution by number of the cgroup', () => {
  it('delivers event, container and process', () => {
    const { attributor, accept, delivered, counts } = setUp();
    const container = aContainer({ cgroupId: 5 });
    attributor.containerAdded(container);
    accept(anExec({ cgroupId: 5, pid: 10 }), aFork({ cgroupId: 5, pid: 10, childPid: 11 }));
    accept(anOpen({ cgroupId: 5, pid: 11, ppid: 10, timeMs: 1_001 }));
    const last = delivered.at(-1);
    assert.equal(last?.container, container);
    assert.equal(last.process.parent?.exePath, '/bin/sh');
    assert.deepEqual([counts().emitted, counts().evaluated, counts().inFlight], [3, 3, 0]);
  });

  it('keeps two containers of one id in two namespaces apart', () => {
    const { attributor, accept, delivered } = setUp();
    attributor.containerAdded(aContainer({ id: HEX, cgroupId: 5 }));
    attributor.containerAdded(aContainer({ id: HEX, runtimeNamespace: 'moby', cgroupId: 6 }));
    accept(aCgroup({ cgroupId: 7, name: HEX }), anOpen({ cgroupId: 7 }));
    accept(anOpen({ cgroupId: 5 }), anOpen({ cgroupId: 6 }));
    assert.deepEqual(
      delivered.map(({ container }) => container.runtimeNamespace),
      ['default', 'moby'],
    );
    attributor.containerRemoved({ containerId: HEX, runtimeNamespace: 'moby', timeMs: 0 });
    assert.deepEqual(
      attributor.containers().map(({ runtimeNamespace }) => runtimeNamespace),
      ['default'],
    );
  });

  it('takes an id that a source cut for the beginning of one, a cgroup of the kernel by that name for none', () => {
    const { attributor, accept, delivered } = setUp();
    attributor.containerAdded(aContainer({ id: HEX, cgroupId: 5 }));
    const name = HEX.slice(0, 31);
    const madeUp = FIRST_MADE_UP_CGROUP_ID;
    accept(aCgroup({ cgroupId: 9, name }), anOpen({ cgroupId: 9 }));
    assert.equal(delivered.length, 0);
    accept(aCgroup({ cgroupId: madeUp, name }), anOpen({ cgroupId: madeUp }));
    assert.equal(delivered.length, 1);
  });

  it('takes what more is known of a container that runs', () => {
    const { attributor, accept, delivered } = setUp();
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.containerAdded(aContainer({ cgroupId: 5, workloadKind: 'Deployment' }));
    accept(anOpen({ cgroupId: 5 }));
    assert.equal(delivered[0]?.container.workloadKind, 'Deployment');
    assert.equal(attributor.containers().length, 1);
  });
});

describe('attribution by name of the cgroup', () => {
  for (const name of [HEX, `cri-containerd-${HEX}.scope`, `docker-${HEX}.scope`]) {
    it(`finds the container of ${name.replace(HEX, '<id>')}`, () => {
      const { attributor, accept, seqs } = setUp();
      attributor.containerAdded(aContainer({ id: HEX }));
      accept(aCgroup({ name, parentName: 'x' }), anOpen({ seq: 4 }));
      assert.deepEqual(seqs(), [4]);
    });
  }

  it('finds a container with a free name below the name of its namespace only', () => {
    const { attributor, accept, seqs } = setUp();
    attributor.containerAdded(aContainer({ id: 'web' }));
    accept(aCgroup({ cgroupId: 1, name: 'web', parentName: 'system.slice' }));
    accept(anOpen({ seq: 1, cgroupId: 1 }));
    accept(aCgroup({ cgroupId: 2, name: 'web', parentName: 'default' }));
    accept(anOpen({ seq: 2, cgroupId: 2 }));
    assert.deepEqual(seqs(), [2]);
  });

  it('finds the container of a cgroup below its own', () => {
    const { attributor, accept, seqs } = setUp();
    attributor.containerAdded(aContainer({ id: HEX, cgroupId: 5 }));
    accept(aCgroup({ cgroupId: 6, name: HEX, timeMs: 2_000 }), anOpen({ seq: 1, cgroupId: 6 }));
    assert.deepEqual(seqs(), [1]);
  });

  it('does not take the cgroup of the next run for that of the one before', () => {
    const { attributor, accept, delivered } = setUp();
    attributor.containerAdded(aContainer({ id: HEX, cgroupId: 5, pid: 10 }));
    accept(anOpen({ seq: 1, cgroupId: 5 }), anExit({ seq: 2, cgroupId: 5, pid: 10 }));
    accept(aCgroup({ cgroupId: 6, name: HEX, timeMs: 3_000 }), anOpen({ seq: 3, cgroupId: 6 }));
    attributor.containerRemoved({ containerId: HEX, timeMs: 2_900 });
    accept(anOpen({ seq: 4, cgroupId: 5 }));
    attributor.containerAdded(aContainer({ id: HEX, cgroupId: 6, pid: 20, startedAtMs: 3_000 }));
    assert.deepEqual(
      delivered.map(({ event, container }) => [event.seq, container.pid]),
      [
        [1, 10],
        [2, 10],
        [4, 10],
        [3, 20],
      ],
    );
  });

  it('finds a short run by name after its end, when nobody could read its cgroup in time', () => {
    const { attributor, accept, seqs } = setUp();
    attributor.containerAdded(aContainer({ id: 'web' }));
    attributor.containerRemoved({ containerId: 'web', timeMs: 1_200 });
    accept(aCgroup({ cgroupId: 5, timeMs: 1_010 }), anOpen({ seq: 1, cgroupId: 5 }));
    accept(aCgroup({ cgroupId: 6, timeMs: 1_300 }), anOpen({ seq: 2, cgroupId: 6 }));
    assert.deepEqual(seqs(), [1]);
  });

  it('does not give events of an unknown earlier run to the next', async () => {
    const { attributor, accept, clock, counts } = setUp();
    accept(aCgroup({ cgroupId: 5, name: HEX, timeMs: 1_000 }), anOpen({ cgroupId: 5 }));
    attributor.containerAdded(aContainer({ id: HEX, cgroupId: 6, startedAtMs: 2_000 }));
    await clock.advance(2_000);
    assert.equal(counts().dropped['unknown-container'], 1);
  });
});

describe('events of a container that is not known yet', () => {
  it('wait for it, in order, and delay no others', () => {
    const { attributor, accept, seqs } = setUp();
    attributor.containerAdded(aContainer({ id: 'known', cgroupId: 9 }));
    accept(anOpen({ seq: 1, cgroupId: 5 }), anOpen({ seq: 2, cgroupId: 9 }));
    accept(anOpen({ seq: 3, cgroupId: 5 }));
    assert.deepEqual(seqs(), [2]);
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    accept(anOpen({ seq: 4, cgroupId: 5 }));
    assert.deepEqual(seqs(), [2, 1, 3, 4]);
  });

  it('come in order from several cgroups of one container', () => {
    const { attributor, accept, seqs } = setUp();
    accept(aCgroup({ cgroupId: 5, name: HEX }), aCgroup({ cgroupId: 6, name: HEX }));
    accept(anOpen({ seq: 1, cgroupId: 6 }), anOpen({ seq: 2, cgroupId: 5 }));
    accept(anOpen({ seq: 3, cgroupId: 6 }));
    attributor.containerAdded(aContainer({ id: HEX, cgroupId: 5 }));
    assert.deepEqual(seqs(), [1, 2, 3]);
  });

  it('are dropped after two seconds as those of an unknown container', async () => {
    const { attributor, accept, clock, counts, seqs } = setUp();
    accept(aCgroup({ name: HEX }), anOpen({ seq: 1 }));
    await clock.advance(1_999);
    assert.equal(counts().inFlight, 1);
    await clock.advance(1);
    accept(anOpen({ seq: 2 }));
    assert.equal(counts().dropped['unknown-container'], 2);
    assert.equal(clock.pending, 0);
    attributor.containerAdded(aContainer({ id: HEX }));
    accept(anOpen({ seq: 3 }));
    assert.deepEqual(seqs(), [3]);
  });

  it('are ignored as no container where the cgroup has no form of one', async () => {
    const { accept, clock, counts } = setUp();
    accept(aCgroup({ name: 'systemd-resolved.service' }), anOpen());
    await clock.advance(2_000);
    accept(anOpen());
    assert.equal(counts().ignored['not-a-container'], 2);
  });

  it('are dropped as those of an unknown container when the cgroup was never named', async () => {
    const { accept, clock, counts } = setUp();
    accept(anOpen());
    await clock.advance(2_000);
    assert.equal(counts().dropped['unknown-container'], 1);
  });

  it('wait each cgroup for itself', async () => {
    const { accept, clock, counts } = setUp();
    accept(anOpen({ cgroupId: 1 }));
    await clock.advance(1_500);
    accept(anOpen({ cgroupId: 2 }));
    await clock.advance(500);
    assert.equal(counts().inFlight, 1);
    await clock.advance(1_500);
    assert.equal(counts().inFlight, 0);
  });

  it('are dropped when too many wait', () => {
    const { attributor, accept, counts, losses, seqs } = setUp({ holdLimit: 3 });
    accept(anOpen({ seq: 1 }), anOpen({ seq: 2, cgroupId: 2 }), anOpen({ seq: 3 }));
    assert.equal(counts().dropped['hold-full'], 1);
    attributor.containerAdded(aContainer({ cgroupId: 1 }));
    accept(anOpen({ seq: 4, cgroupId: 2 }));
    assert.deepEqual(seqs(), [1]);
    assert.equal(attributor.sizes().held, 2);
    assert.deepEqual(losses, [['web', 1]], 'the third was of the container that is known now');
  });

  it('find room beside those of a container that floods, and its own execs do too', () => {
    const { attributor, accept, counts, delivered } = setUp({ holdLimit: 1_000 });
    for (let seq = 1; seq <= 5_000; seq += 1) accept(anOpen({ seq, cgroupId: 1 }));
    assert.equal(attributor.sizes().held, 438, 'half of seven eighths');
    accept(anExec({ seq: 5_001, cgroupId: 1 }));
    for (let seq = 5_002; seq <= 5_201; seq += 1) accept(anOpen({ seq, cgroupId: 2 }));
    accept(anExec({ seq: 5_202, cgroupId: 2 }));
    assert.equal(attributor.sizes().held, 438 + 1 + 200 + 1);
    const dropped = counts().dropped['hold-full'];
    assert.equal(dropped, 5_000 - 438, 'of the one that floods alone');
    attributor.containerAdded(aContainer({ id: 'flood', cgroupId: 1 }));
    attributor.containerAdded(aContainer({ id: 'quiet', cgroupId: 2 }));
    const execs = delivered.filter(({ event }) => event.type === 'exec');
    assert.deepEqual(
      execs.map(({ container }) => container.id),
      ['flood', 'quiet'],
    );
    assert.equal(delivered.length, 640);
  });

  it('are execs that find room however many containers flood', () => {
    const { attributor, accept, counts } = setUp({ holdLimit: 1_000 });
    for (let cgroupId = 1; cgroupId <= 500; cgroupId += 1) {
      for (let n = 0; n < 50; n += 1) accept(anOpen({ cgroupId }));
    }
    assert.equal(attributor.sizes().held, 875);
    const before = counts().dropped['hold-full'];
    for (let cgroupId = 501; cgroupId <= 600; cgroupId += 1) accept(anExec({ cgroupId }));
    assert.equal(counts().dropped['hold-full'], before);
    for (let n = 0; n < 5_000; n += 1) accept(anExec({ cgroupId: 601 + (n % 50) }));
    assert.equal(attributor.sizes().held, 1_000, 'never more than the limit');
  });

  it('that were given up before their container became known are told of as its loss, once', async () => {
    const { attributor, accept, clock, counts, losses } = setUp();
    accept(anOpen({ seq: 1 }), anOpen({ seq: 2 }), anOpen({ seq: 3, cgroupId: 2 }));
    await clock.advance(2_000);
    accept(anOpen({ seq: 4 }));
    assert.equal(counts().dropped['unknown-container'], 4);
    assert.deepEqual(losses, [], 'nobody knows yet whose they were');
    attributor.containerAdded(aContainer({ cgroupId: 1 }));
    attributor.containerAdded(aContainer({ cgroupId: 1 }));
    assert.deepEqual(losses, [['web', 3]]);
  });
});

describe('events that concern nobody', () => {
  it('are set aside: those of the set-up and those of a sandbox', () => {
    const { attributor, accept, counts } = setUp();
    attributor.containerAdded(aContainer({ id: HEX, kind: 'sandbox', cgroupId: 5 }));
    accept(anOpen({ cgroupId: 5 }), anOpen({ setup: true, cgroupId: 77 }));
    assert.deepEqual([counts().ignored.sandbox, counts().ignored.setup], [1, 1]);
    assert.equal(counts().inFlight, 0);
    assert.equal(attributor.sizes().cgroups, 1);
  });

  it('are counted: lost and damaged ones', () => {
    const { accept, counts } = setUp();
    accept({ type: 'lost', timeMs: 0, count: 7 }, { type: 'damaged', timeMs: 0, reason: 'x' });
    accept({ type: 'ready', timeMs: 0, kernel: '6', programs: [], skipped: [] });
    accept({ type: 'totals', timeMs: 0, emitted: 9, lost: 7 });
    const { emitted, dropped, inFlight } = counts();
    assert.deepEqual(
      [emitted, dropped['kernel-buffer-full'], dropped.damaged, inFlight],
      [8, 7, 1, 0],
    );
  });
});

describe('the end of a container', () => {
  it('leaves its last events ten seconds to find it', async () => {
    const { attributor, accept, clock, seqs } = setUp();
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.containerRemoved({ containerId: 'web', timeMs: 0, exitCode: 0 });
    assert.deepEqual(attributor.containers(), []);
    await clock.advance(9_999);
    accept(anOpen({ seq: 1, cgroupId: 5 }));
    await clock.advance(1);
    accept(anOpen({ seq: 2, cgroupId: 5 }));
    assert.deepEqual(seqs(), [1]);
    await clock.advance(2_000);
    assert.deepEqual(attributor.sizes(), { held: 0, cgroups: 1, processes: 0, leaving: 0 });
  });

  it('of one that is not known is nothing', () => {
    const { attributor } = setUp();
    attributor.containerRemoved({ containerId: 'x', timeMs: 0 });
    assert.deepEqual(attributor.sizes(), { held: 0, cgroups: 0, processes: 0, leaving: 0 });
  });

  it('is taken from the start of its next run when it was not told', () => {
    const { attributor, accept, delivered } = setUp();
    attributor.containerAdded(aContainer({ cgroupId: 5, pid: 10 }));
    attributor.containerAdded(aContainer({ cgroupId: 6, pid: 20 }));
    accept(anOpen({ cgroupId: 5 }), anOpen({ cgroupId: 6 }));
    assert.deepEqual(
      delivered.map(({ container }) => container.pid),
      [10, 20],
    );
    assert.equal(attributor.containers().length, 1);
  });
});

describe('draining', () => {
  it('counts what waits and what comes later as lost to the shutdown, and forgets all', () => {
    const { attributor, accept, clock, counts } = setUp();
    attributor.containerAdded(aContainer({ id: 'known', cgroupId: 9 }));
    attributor.containerRemoved({ containerId: 'known', timeMs: 0 });
    accept(aCgroup({ name: 'some.service' }), anOpen());
    attributor.drain();
    accept(anOpen({ cgroupId: 9 }), aCgroup());
    assert.deepEqual([counts().dropped.shutdown, counts().inFlight], [2, 0]);
    assert.deepEqual(attributor.sizes(), { held: 0, cgroups: 0, processes: 0, leaving: 0 });
    assert.equal(clock.pending, 0);
  });
});

it('remembers a bounded number of cgroups that are no container', async () => {
  const { attributor, accept, clock, counts } = setUp();
  for (let cgroupId = 1; cgroupId <= 20_000; cgroupId += 1) {
    accept(aCgroup({ cgroupId, name: `s${cgroupId}.service` }), anOpen({ cgroupId }));
  }
  assert.equal(attributor.sizes().cgroups, 16_384);
  await clock.advance(2_000);
  const { ignored, dropped, inFlight } = counts();
  assert.equal(ignored['not-a-container'] + dropped['hold-full'], 20_000);
  assert.equal(inFlight, 0);
});
