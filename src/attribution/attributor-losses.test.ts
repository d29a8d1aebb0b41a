import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EventAccounting } from '#model/event-accounting.js';
import type { LostRecord, RawRecord, SuppressedRecord } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Attributor } from './attributor.ts';
import { aCgroup, aContainer, anOpen } from './testing/build-event.ts';

function setUp() {
  const accounting = new EventAccounting();
  const losses: [string, number][] = [];
  const suppressed: SuppressedRecord[] = [];
  const attributor = new Attributor({
    ...{ clock: new VirtualClock(1_000_000), accounting, log: silentLogger },
    onEvent: () => accounting.evaluated(),
    onLoss: (containerId, count) => losses.push([containerId, count]),
    onSuppressed: (record) => suppressed.push(record),
  });
  const accept = (...records: RawRecord[]) => attributor.accept(records);
  return { accounting, losses, suppressed, attributor, accept };
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
      ['web', 7],
      ['other', 1],
    ]);
  });

  it('are told of when their container becomes known, once', () => {
    const { losses, attributor, accept } = setUp();
    accept(aCgroup({ cgroupId: 5, name: 'web' }), lost({ cgroupId: 5, count: 2 }));
    accept(lost({ cgroupId: 5, reason: 'share', count: 3 }));
    assert.deepEqual(losses, []);
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    assert.deepEqual(losses, [['web', 5]]);
  });

  it('still find a container that has just ended', () => {
    const { losses, attributor, accept } = setUp();
    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.containerRemoved({ containerId: 'web', timeMs: 2_000 });
    accept(lost({ cgroupId: 5 }));
    assert.deepEqual(losses, [['web', 7]]);
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
