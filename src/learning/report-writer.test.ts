import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { Cancel } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryQueueFile } from './memory-queue-file.ts';
import { ReportQueue } from './report-queue.ts';
import { ReportWriter } from './report-writer.ts';
import { SampleSeries } from './testing/sample-reports.ts';

/** Time goes on between two looks at it, as it does on a real machine; timers fire a little early. */
class MovingClock extends VirtualClock {
  #looks = 0;

  override monotonic(): number {
    this.#looks += 1;
    return super.monotonic() + this.#looks / 4;
  }

  override schedule(delayMs: number, run: () => void): Cancel {
    return super.schedule(Math.max(0, delayMs - 1), run);
  }
}

describe('ReportWriter', () => {
  it('tries again whatever falls due between two looks at the clock', async () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const clock = new MovingClock(1_750_000_000_000);
      const queue = new ReportQueue({ file: new MemoryQueueFile(), clock, log: silentLogger });
      const series = new SampleSeries('c1');
      queue.put(series.next(['/a']), series.about);
      let failures = 3;
      const create = (async () => {
        failures -= 1;
        if (failures >= 0) throw new AgentError('unavailable', 'the store is away');
      }) as unknown as ProfileStore['create'];
      const writer = new ReportWriter({
        ...{ queue, clock, log: silentLogger, random: seededRandom(seed) },
        store: { create, get: async () => undefined },
        callBudgetMs: 5_000,
        signal: new AbortController().signal,
        onResult() {},
        onSplit() {},
      });
      writer.wake();
      await settle();
      for (let i = 0; i < 40 && queue.state().reports > 0; i += 1) await clock.advance(5_000);
      assert.equal(queue.state().reports, 0, `seed ${seed}`);
    }
  });
});
