import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import { EventAccounting } from '#model/event-accounting.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Attributor } from './attributor.ts';
import { registerAttributionMetrics } from './metrics.ts';
import { aContainer, anExec, anOpen } from './testing/build-event.ts';

describe('registerAttributionMetrics', () => {
  it('shows what the attributor holds at the moment of asking', async () => {
    const clock = new VirtualClock();
    const accounting = new EventAccounting();
    const attributor = new Attributor({
      ...{ clock, accounting, log: silentLogger },
      onEvent: () => accounting.evaluated(),
    });
    const metrics = new Metrics();
    registerAttributionMetrics(metrics, attributor);
    const shown = async () => {
      const text = await metrics.render();
      const found = [...text.matchAll(/^hullwatch_attribution_(\w+) (\d+)$/gm)];
      return Object.fromEntries(found.map(([, name, value]) => [name, Number(value)]));
    };

    attributor.containerAdded(aContainer({ cgroupId: 5 }));
    attributor.accept([anExec({ cgroupId: 5 })]);
    attributor.accept([6, 6, 7].map((cgroupId) => anOpen({ cgroupId })));
    assert.deepEqual(await shown(), {
      held_events: 3,
      cgroups: 3,
      processes: 1,
      leaving_containers: 0,
    });

    attributor.containerRemoved({ containerId: 'web', timeMs: 0 });
    await clock.advance(3_000);
    assert.deepEqual(await shown(), {
      held_events: 0,
      cgroups: 3,
      processes: 1,
      leaving_containers: 1,
    });
    attributor.drain();
    assert.equal((await shown())['leaving_containers'], 0);
  });
});
