import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { driver, type MergingStore } from './consolidation-driver.ts';
import { aReport } from './sample-profiles.ts';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const { signal } = new AbortController();

/** What one series makes of its profile. */
export function describeStates(store: () => MergingStore): void {
  describe('one series', () => {
    for (const [what, states, expected, result] of [
      ['goes on', ['ready/complete'], 'ready/complete', 'updated'],
      ['goes on, seen in part', ['ready/partial'], 'ready/partial', 'updated'],
      ['ends whole', ['ready/complete', 'completed/complete'], 'completed/complete', 'completed'],
      [
        'ends, seen in part',
        ['ready/partial', 'completed/partial'],
        'completed/partial',
        'updated',
      ],
      ['fails', ['ready/complete', 'failed/complete'], 'completed/partial', 'updated'],
      ['has another status', ['initializing/complete'], 'ready/complete', 'updated'],
      ['loses events on the way', ['ready/complete', 'ready/partial'], 'ready/partial', 'updated'],
    ] as const) {
      it(`that ${what} makes ${expected}`, async () => {
        const { feed, consolidate, state, pending } = driver(store());
        await feed(...states.map((each, at) => aReport([at * 10, at * 10 + 10], { state: each })));
        assert.deepEqual(await pending(), [KEY]);
        assert.equal(await consolidate(), result);
        assert.equal(await state(), expected);
        assert.deepEqual(await pending(), []);
        const { items: left } = await store().list(KIND, { signal });
        assert.deepEqual(
          left.map(({ name }) => name),
          [KEY.name],
        );
      });
    }

    it('is as whole as its newest report, until it ends', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]));
      await consolidate();
      await feed(aReport([10, 20], { state: 'ready/partial' }));
      await consolidate();
      assert.equal(await state(), 'ready/partial');
      await feed(aReport([20, 30], { state: 'completed/partial' }));
      await consolidate();
      assert.equal(await state(), 'completed/partial');
    });

    it('takes no report after its profile is final', async () => {
      const { feed, consolidate, pending } = driver(store());
      await feed(aReport([0, 10], { state: 'completed/complete' }));
      await consolidate();
      await assert.rejects(feed(aReport([10, 20])), { code: 'completed' });
      assert.deepEqual(await pending(), []);
    });
  });
}

/** What makes a series whole, and what breaks it. */
export function describeChains(store: () => MergingStore): void {
  describe('a chain of reports', () => {
    it('goes on over any number of passes', async () => {
      const { feed, consolidate, state, opens } = driver(store());
      for (const at of [0, 10, 20]) {
        await feed(aReport([at, at + 10]));
        await consolidate();
        assert.equal(await state(), 'ready/complete');
      }
      await feed(aReport([30, 40], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'completed/complete');
      assert.equal((await opens()).length, 4);
    });

    it('is never complete with a report missing, and is when that arrives late', async () => {
      const { feed, consolidate, state, pending } = driver(store());
      await feed(aReport([0, 10]), aReport([20, 30], { state: 'completed/complete' }));
      assert.equal(await consolidate(), 'updated');
      assert.equal(await state(), 'ready/complete');
      assert.deepEqual(await pending(), []);
      await feed(aReport([10, 20]));
      assert.equal(await consolidate(), 'completed');
      assert.equal(await state(), 'completed/complete');
    });

    it('is never complete without its beginning', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([10, 20], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });

    it('is broken by the deletion of a report that was not merged yet', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]), aReport([10, 20], { state: 'completed/complete' }));
      await store().delete(KIND, aReport([0, 10]).metadata, { signal });
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });

    it('starts anew when its profile was deleted', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]));
      await consolidate();
      await feed(aReport([10, 20]));
      await store().delete(KIND, KEY, { signal });
      assert.equal(await consolidate(), 'unchanged');
      await feed(aReport([20, 30], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });

    for (const [what, repeated] of [
      ['its newest report', aReport([10, 20])],
      ['an older report', aReport([0, 10])],
      ['its newest report under another name', aReport([10, 20], { suffix: 'again' })],
      ['an older report under another name', aReport([0, 10], { suffix: 'again' })],
    ] as const) {
      it(`is not broken by ${what} sent again after it was merged`, async () => {
        const { feed, consolidate, state } = driver(store());
        await feed(aReport([0, 10]), aReport([10, 20]));
        await consolidate();
        await feed(repeated);
        await consolidate();
        await feed(aReport([20, 30], { state: 'completed/complete' }));
        await consolidate();
        assert.equal(await state(), 'completed/complete');
      });
    }

    it('counts an empty last report that ends at once as the newest', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(aReport([0, 10]), aReport([10, 10], { state: 'completed/complete' }));
      await consolidate();
      assert.equal(await state(), 'completed/complete');
    });

    for (const zero of ['', '0001-01-01 00:00:00 +0000 UTC', '0001-01-01T00:00:00Z']) {
      it(`begins with the previous timestamp "${zero}"`, async () => {
        const { feed, consolidate, state } = driver(store());
        await feed(aReport([zero, 10], { state: 'completed/complete' }));
        await consolidate();
        assert.equal(await state(), 'completed/complete');
      });
    }

    it('is ordered by moments, whatever zone and form they are written in', async () => {
      const { feed, consolidate, state } = driver(store());
      const nine = '2026-01-31 09:00:00.5 -0500 EST m=+10.25';
      const half = '2026-01-31T23:30:00.25+09:00';
      const last = '2026-01-31 14:30:00.250000001 +0000 UTC m=+1810.5';
      await feed(
        aReport([nine, half], { suffix: 'b' }),
        aReport([half, last], { suffix: 'c', state: 'completed/complete' }),
        aReport(['', nine], { suffix: 'a' }),
      );
      await consolidate();
      assert.equal(await state(), 'completed/complete');
    });

    it('joins reports by the letters of their timestamps', async () => {
      const { feed, consolidate, state } = driver(store());
      await feed(
        aReport(['', '2026-01-31T12:10:00Z'], { suffix: 'a' }),
        aReport(['2026-01-31T12:10:00.000Z', 20], { suffix: 'b', state: 'completed/complete' }),
      );
      await consolidate();
      assert.equal(await state(), 'ready/complete');
    });
  });
}
