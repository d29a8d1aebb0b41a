import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { RawEvent } from '#model/raw-event.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { EventOrder } from './event-order.ts';
import { anOpen } from './testing/attributed-events.ts';

const WINDOW_MS = 10;

/** What the kernel numbered, in that order, and what became of it on its way. */
const happening = fc.record({
  gapMs: fc.double({ min: 0, max: 6, noNaN: true }),
  /** Between the number and the time on one CPU, in which others get on. */
  skewMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2, noNaN: true })),
  lateMs: fc.double({ min: 0, max: 7.5, noNaN: true }),
  fate: fc.constantFrom('comes', 'comes', 'comes', 'comes', 'ignored', 'held', 'lost'),
});
type Happening = typeof happening extends fc.Arbitrary<infer Value> ? Value : never;

interface Sent {
  readonly event: RawEvent;
  readonly fate: Happening['fate'];
  readonly atMs: number;
}

function sentFrom(happenings: readonly Happening[]): readonly Sent[] {
  let startMs = 1_000;
  return happenings.map(({ gapMs, skewMs, lateMs, fate }, index) => {
    startMs += gapMs;
    const { event } = anOpen({ seq: index + 1, timeMs: startMs + skewMs });
    return { event, fate, atMs: startMs + skewMs + lateMs };
  });
}

/** Brings them in batches, by when they come, and gives what came out with the time of each. */
async function brought(sent: readonly Sent[], batchMs: number) {
  const clock = new VirtualClock(0);
  const out: { readonly event: RawEvent; readonly atMs: number }[] = [];
  const order = new EventOrder(clock, { windowMs: WINDOW_MS, capacity: 10_000 }, ({ event }) =>
    out.push({ event, atMs: clock.now() }),
  );
  const coming = sent
    .filter(({ fate }) => fate !== 'lost')
    .map((one) => ({ ...one, batch: Math.floor(one.atMs / batchMs) + 1 }))
    .sort((a, b) => a.atMs - b.atMs);
  for (const number of new Set(coming.map(({ batch }) => batch))) {
    const batch = coming.filter((one) => one.batch === number);
    await clock.advanceTo(number * batchMs);
    order.arriving();
    for (const { event, fate } of batch)
      if (fate === 'comes') order.push(anOpen({ ...(event as object) }));
    order.arrived(batch.map(({ event }) => event));
    for (const { event, fate } of batch)
      if (fate === 'held') order.push(anOpen({ ...(event as object) }));
  }
  const endMs = clock.now();
  await clock.advance(2 * WINDOW_MS);
  return { out, order, clock, endMs };
}

const story = fc.tuple(
  fc.array(happening, { maxLength: 120 }),
  fc.double({ min: 0.1, max: 2, noNaN: true }),
);

describe('order over several CPUs', () => {
  it('lets every event out once, at most two windows after the last came', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ([happenings, batchMs]) => {
        const sent = sentFrom(happenings);
        const { out, order, clock } = await brought(sent, batchMs);
        const expected = sent.filter(({ fate }) => fate === 'comes' || fate === 'held');
        assert.deepEqual(
          out.map(({ event }) => event.seq).sort((a, b) => a - b),
          expected.map(({ event }) => event.seq),
        );
        assert.deepEqual([order.size, clock.pending], [0, 0]);
      }),
      { numRuns: 300 },
    );
  });

  it('lets none out before one that has both a lower number and an earlier time', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ([happenings, batchMs]) => {
        const sent = sentFrom(happenings);
        const held = new Set(
          sent.filter(({ fate }) => fate === 'held').map(({ event }) => event.seq),
        );
        const { out } = await brought(sent, batchMs);
        const events = out.map(({ event }) => event).filter(({ seq }) => !held.has(seq));
        events.forEach((event, index) => {
          const wrong = events
            .slice(index + 1)
            .find(({ seq, timeMs }) => seq < event.seq && timeMs <= event.timeMs);
          assert.equal(wrong?.seq, undefined, `came out after ${event.seq}`);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('lets events out in the batch that brings the last number below theirs, when none is lost', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ([happenings, batchMs]) => {
        const all = happenings.map(({ gapMs, lateMs }) => ({
          gapMs,
          skewMs: 0,
          lateMs,
          fate: 'comes' as const,
        }));
        const sent = sentFrom(all);
        const { out } = await brought(sent, batchMs);
        const times = out.map(({ event }) => event.timeMs);
        assert.deepEqual(
          times,
          [...times].sort((a, b) => a - b),
        );
        let latest = 0;
        const batchEnds = sent.map(({ atMs }) => {
          latest = Math.max(latest, (Math.floor(atMs / batchMs) + 1) * batchMs);
          return latest;
        });
        for (const { event, atMs } of out)
          assert.ok(atMs <= (batchEnds[event.seq - 1] ?? 0) + 1e-6);
      }),
      { numRuns: 300 },
    );
  });
});
