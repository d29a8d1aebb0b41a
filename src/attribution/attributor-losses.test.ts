import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type DropReason, EventAccounting } from '#model/event-accounting.js';
import type { LostRecord, RawRecord, SuppressedRecord } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Attributor } from './attributor.ts';
import type { AttributorOptions } from './attributor-options.ts';
import { aCgroup, aContainer, anOpen } from './testing/build-event.ts';

function setUp(options: Pick<AttributorOptions, 'holdMs' | 'holdLimit'> = {}) {
  const clock = new VirtualClock(1_000_000);
  const accounting = new EventAccounting();
  const losses: [string, number, DropReason][] = [];
  const suppressed: SuppressedRecord[] = [];
  const attributor = new Attributor({
    ...{ clock, accounting, log: silentLogger, ...options },
    onEvent: () => accounting.evaluated(),
    onLoss: ({ id }, count, reason) => losses.push([id, count, reason]),
    onSuppressed: (record) => suppressed.push(record),
  });
  const accept = (...records: RawRecord[]) => attributor.accept(records);
  return { clock, accounting, losses, suppressed, attributor, accept };
}

const lost = (fields: Partial<LostRecord> = {}): LostRecord => ({
  ...{ type: 'lost', timeMs: 0, count: 7 },
  ...fields,
});

describe('events that the kernel side lost', () => {
  it('are of unknown origin only where it does not say whose they were', () => {
    const { accounting, attributor, accept } = setUp();
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    accept(lost({ cgroupId: 5, count: 2 }), lost({ cgroupId: 5, reason: 'share', count: 3 }));
    accept(
      lost({ cgroupId: 6, count: 4 }),
      lost({ count: 5 }),
      lost({ reason: 'share', count: 6 }),
    );
    const { emitted, dropped, inFlight } = accounting.snapshot();
    assert.deepEqual([emitted, inFlight], [20, 0]);
    assert.deepEqual(
      [
        dropped['kernel-buffer-full'],
        dropped['kernel-buffer-full-of-one'],
        dropped['container-share'],
      ],
      [11, 6, 3],
    );
    assert.equal(accounting.missedOfUnknownOrigin.lost, 11);
  });

  it('are a loss of their container alone', () => {
    const { losses, attributor, accept } = setUp();
    attributor.containerAdded(aContainer({ id: 'web', cgroupId: 5 }));
    attributor.containerAdded(aContainer({ id: 'other', cgroupId: 6 }));
    accept(lost({ cgroupId: 5 }), lost({ cgroupId: 6, reason: 'share', count: 1 }), lost());
    assert.deepEqual(losses, [
      ['web', 7, 'kernel-buffer-full-of-one'],
      ['other', 1, 'container-share'],
    ]);
  });

  it('are told of with their reasons when their container becomes known, once', () => {
    const { losses, attributor, accept } = setUp();
    accept(aCgroup({ cgroupId: 5, name: 'web' }), lost({ cgroupId: 5, count: 2 }));
    accept(lost({ cgroupId: 5, reason: 'share', count: 3 }));
    accept(lost({ cgroupId: 5, reason: 'share', count: 4 }));
    assert.deepEqual(losses, []);
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    assert.deepEqual(losses, [
      ['web', 2, 'kernel-buffer-full-of-one'],
      ['web', 7, 'container-share'],
    ]);
  });

  it('are told of beside what we dropped ourselves before their container was known', async () => {
    const { clock, losses, attributor, accept } = setUp({ holdMs: 100, holdLimit: 8 });
    const opens = Array.from({ length: 10 }, (_, at) => anOpen({ cgroupId: 5, seq: at + 1 }));
    accept(lost({ cgroupId: 5, reason: 'share' }), ...opens);
    await clock.advance(100);
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    assert.deepEqual(losses, [
      ['web', 7, 'container-share'],
      ['web', 6, 'hold-full'],
      ['web', 4, 'unknown-container'],
    ]);
  });

  it('are told of once though there was no room for their cgroup meanwhile', async () => {
    const { clock, losses, attributor, accept } = setUp();
    accept(lost({ cgroupId: 5, count: 2 }));
    for (let id = 6; id < 6 + 16_384; id += 1) accept(aCgroup({ cgroupId: id, name: `s${id}` }));
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.containerRemoved({ containerId: 'web', timeMs: clock.now() });
    await clock.advance(10_000);
    attributor.containerAdded(aContainer({ id: 'next', cgroupId: 5 }));
    assert.deepEqual(losses, [['web', 2, 'kernel-buffer-full-of-one']]);
  });

  it('still find a container that has just ended', () => {
    const { losses, attributor, accept } = setUp();
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.containerRemoved({ containerId: 'web', timeMs: 2_000 });
    accept(lost({ cgroupId: 5 }));
    assert.deepEqual(losses, [['web', 7, 'kernel-buffer-full-of-one']]);
  });

  it('are counted and no more after the end', () => {
    const { accounting, losses, attributor, accept } = setUp();
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.drain();
    accept(lost({ cgroupId: 5 }), anOpen({ cgroupId: 5 }));
    assert.deepEqual([losses, attributor.sizes().cgroups], [[], 0]);
    assert.equal(accounting.snapshot().emitted, 8);
  });
});

describe('events that the kernel side left out on purpose', () => {
  it('are told of and counted nowhere', () => {
    const { accounting, suppressed, accept } = setUp();
    const record: SuppressedRecord = {
      ...{ type: 'suppressed', timeMs: 0, duplicates: { open: 3 }, unwanted: { network: 1 } },
    };
    accept(record);
    assert.deepEqual(suppressed, [record]);
    assert.equal(accounting.snapshot().emitted, 0);
  });
});
