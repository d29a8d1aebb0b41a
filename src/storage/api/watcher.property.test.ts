import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CONTAINER_PROFILE } from '#model/schema/profile-kinds.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { WorkSlices } from '#runtime/work-slices.js';
import { RowWriter } from './representation.ts';
import { MemoryRows } from './testing/memory-rows.ts';
import { profile } from './testing/served-api.ts';
import { WatchHub } from './watch-hub.ts';
import { Watcher } from './watcher.ts';

/** A reader that takes what waits for it only when told to. */
class StutteringSink {
  readonly words: string[] = [];
  hasEnded = false;
  #waiting = 0;

  write(frame: Buffer): void {
    const { type, object } = JSON.parse(frame.toString());
    this.words.push(type === 'BOOKMARK' ? type : `${type} ${object.metadata.resourceVersion}`);
    this.#waiting += 200_000;
  }

  take(): void {
    this.#waiting = 0;
  }

  backlogBytes(): number {
    return this.#waiting;
  }

  end(): void {
    this.hasEnded = true;
  }

  destroy(): void {
    this.hasEnded = true;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant('write' as const) },
  { weight: 3, arbitrary: fc.record({ take: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ start: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.constant('tick' as const) },
);

interface Watching {
  readonly from: number;
  readonly sink: StutteringSink;
  readonly watcher: Watcher;
}

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const WHOLE = {
  selection: { namespace: undefined, matches: undefined, mayChange: false, readsBody: false },
  form: {
    key: 'object',
    representation: 'object',
    includeObject: 'Metadata',
    readsBody: true,
  },
} as const;

/** Some watchers of one kind whose history is long and whose ring is short. */
class Trial {
  readonly clock = new VirtualClock();
  readonly #rows = new MemoryRows(CONTAINER_PROFILE, {
    clock: this.clock,
    random: seededRandom(1),
  });
  readonly #hub = new WatchHub({
    rows: this.#rows,
    clock: this.clock,
    slices: new WorkSlices(this.clock),
    counter: { serialised: 0 },
    log: silentLogger,
    writer: new RowWriter(CONTAINER_PROFILE, this.clock),
    ring: { mostEvents: 4, mostBytes: 1_000_000 },
    withBodies: true,
  });
  readonly #watching: Watching[] = [];
  #written = 0;

  async begin(): Promise<void> {
    await this.#hub.join();
  }

  async do(given: Step): Promise<void> {
    if (given === 'write') await this.#write();
    else if (given === 'tick') await this.clock.advance(30_000);
    else if ('start' in given) this.#start(given.start);
    else this.#take(this.#watching[given.take]);
    await settle();
  }

  async takeAll(): Promise<void> {
    for (let round = 0; round <= this.#written; round += 1) {
      for (const each of this.#watching) this.#take(each);
      await settle();
    }
  }

  /** Who took nothing for two minutes was let go, with nothing left out until then. */
  check(): void {
    for (const { from, sink } of this.#watching) {
      const count = this.#rows.version - from;
      const versions = Array.from({ length: count }, (_, n) => `ADDED ${from + n + 1}`);
      const told = sink.words.filter((word) => word !== 'BOOKMARK');
      assert.deepEqual(told, sink.hasEnded ? versions.slice(0, told.length) : versions);
    }
  }

  async end(): Promise<void> {
    for (const { watcher } of this.#watching) watcher.end();
    this.#hub.leave();
    await settle();
    assert.equal(this.clock.pending, 0);
  }

  async #write(): Promise<void> {
    this.#written += 1;
    await this.#rows.create(profile(`p${this.#written}`), {});
  }

  #start(back: number): void {
    const from = Math.max(1, this.#rows.version - back);
    const sink = new StutteringSink();
    const watcher = new Watcher({
      ...WHOLE,
      hub: this.#hub,
      sink,
      position: from,
      signal: new AbortController().signal,
      matched: new Set(),
      allowsBookmarks: true,
    });
    this.#watching.push({ from, sink, watcher });
    this.#hub.add(watcher);
    watcher.pump();
  }

  #take(taking: Watching | undefined): void {
    taking?.sink.take();
    taking?.watcher.drained();
  }
}

describe('Watcher', () => {
  it('tells every change after its version once and in order, however its reader stutters', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        const trial = new Trial();
        await trial.begin();
        for (const given of steps) await trial.do(given);
        await trial.takeAll();
        trial.check();
        await trial.end();
      }),
      { numRuns: 300 },
    );
  });
});
