import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { RawRecord } from '#model/raw-event.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { EventOrder } from './event-order.ts';
import { anOpen } from './testing/attributed-events.ts';

function started(options = { windowMs: 10, capacity: 100 }) {
  const clock = new VirtualClock();
  const out: number[] = [];
  const order = new EventOrder(clock, options, (event) => out.push(event.event.seq));
  const push = (seq: number, timeMs: number) => order.push(anOpen({ seq, timeMs }));
  /** Pushes events, and tells that they and others came. */
  const batch = (
    events: readonly (readonly [seq: number, timeMs: number])[],
    ...others: number[]
  ) => {
    order.arriving();
    for (const [seq, timeMs] of events) push(seq, timeMs);
    order.arrived([...events.map(([seq]) => seq), ...others].map((seq) => anOpen({ seq }).event));
  };
  return { clock, out, order, push, batch };
}

const READY: RawRecord = { type: 'ready', timeMs: 0, kernel: '6', programs: [], skipped: [] };

describe('EventOrder', () => {
  it('holds an event until one a window later was seen', () => {
    const { out, push } = started();
    push(1, 100);
    push(2, 109);
    assert.deepEqual(out, []);
    push(3, 110);
    assert.deepEqual(out, [1]);
  });

  it('puts a late arrival before the later events that still wait', () => {
    const { out, order, push } = started();
    push(1, 100);
    push(3, 105);
    push(2, 102);
    order.drain();
    assert.deepEqual(out, [1, 2, 3]);
  });

  it('breaks ties of time by sequence number', () => {
    const { out, order, push } = started();
    push(2, 100);
    push(1, 100);
    order.drain();
    assert.deepEqual(out, [1, 2]);
  });

  it('lets the last event of a burst go within two windows', async () => {
    const { clock, out, push } = started();
    push(1, 100);
    push(2, 104);
    await clock.advance(20);
    assert.deepEqual(out, [1, 2]);
    assert.equal(clock.pending, 0);
  });

  it('gives up order before memory when more wait than fit', () => {
    const { out, order, push } = started({ windowMs: 1_000, capacity: 3 });
    for (let seq = 1; seq <= 5; seq += 1) push(seq, seq);
    assert.deepEqual(out, [1, 2]);
    assert.equal(order.size, 3);
  });

  it('lets events go at the end of a batch when no number below theirs is missing', () => {
    const { clock, out, batch } = started();
    batch([
      [2, 100.5],
      [1, 100],
    ]);
    assert.deepEqual(out, [1, 2]);
    assert.equal(clock.pending, 0);
  });

  it('counts numbers that came and are for nobody here', () => {
    const { out, batch } = started();
    batch([[3, 100]], 1, 2);
    assert.deepEqual(out, [3]);
  });

  it('holds what comes after a missing number until that comes', () => {
    const { out, batch } = started();
    batch([
      [1, 100],
      [3, 102],
      [4, 103],
    ]);
    assert.deepEqual(out, [1]);
    batch([[2, 101]]);
    assert.deepEqual(out, [1, 2, 3, 4]);
  });

  it('gives up a missing number after the window, and goes on without it', async () => {
    const { clock, out, batch } = started();
    batch([[1, 100]]);
    batch([[3, 102]]);
    await clock.advance(20);
    assert.deepEqual(out, [1, 3]);
    batch([[4, 130]]);
    assert.deepEqual(out, [1, 3, 4]);
  });

  it('sets no timer for a batch of which nothing has to wait, and one for a batch of which something has', () => {
    const { clock, order, push, batch } = started();
    order.arriving();
    push(1, 100);
    assert.equal(clock.pending, 0);
    batch([]);
    batch([[1, 100]]);
    batch([[3, 101]]);
    assert.deepEqual([clock.pending, order.size], [1, 1]);
  });

  it('sets a timer for an event that comes outside of a batch', async () => {
    const { clock, out, push, batch } = started();
    batch([[1, 100]]);
    push(3, 102);
    await clock.advance(20);
    assert.deepEqual(out, [1, 3]);
  });

  it('lets what has all numbers below it go before an earlier event that has not', () => {
    const { out, order, batch } = started();
    batch([
      [1, 100.002],
      [3, 100.001],
      [4, 100],
    ]);
    assert.deepEqual(out, [1]);
    order.drain();
    assert.deepEqual(out, [1, 4, 3]);
  });

  it('lets a held event go with the next batch, though its number is long past', () => {
    const { out, push, batch } = started();
    batch([[2, 101]], 1);
    push(1, 100);
    batch([[3, 102]]);
    assert.deepEqual(out, [2, 1, 3]);
  });

  it('counts anew when the source begins anew', () => {
    const { out, order, push, batch } = started();
    batch([[1, 100]], 2, 3, 4);
    push(2, 201);
    order.arrived([READY, anOpen({ seq: 2 }).event]);
    assert.deepEqual(out, [1]);
    batch([[1, 200]]);
    assert.deepEqual(out, [1, 1, 2]);
  });

  it('passes on every event once, in order, however late within the window each arrives', async () => {
    const arrivals = fc.array(
      fc.record({ gap: fc.integer({ min: 0, max: 8 }), late: fc.integer({ min: 0, max: 9 }) }),
      { maxLength: 200 },
    );
    await fc.assert(
      fc.asyncProperty(arrivals, async (steps) => {
        const clock = new VirtualClock();
        const out: AttributedEvent[] = [];
        const order = new EventOrder(clock, { windowMs: 10, capacity: 1_000 }, (event) =>
          out.push(event),
        );
        let timeMs = 0;
        const sent = steps.map(({ gap, late }, index) => {
          timeMs += gap;
          return { event: anOpen({ seq: index + 1, timeMs }), arrivesAt: timeMs + late };
        });
        for (const { event } of [...sent].sort((a, b) => a.arrivesAt - b.arrivesAt))
          order.push(event);
        await clock.advance(50);
        assert.equal(order.size, 0);
        assert.deepEqual(
          out.map(({ event }) => event.seq),
          sent.map(({ event }) => event.event.seq),
        );
      }),
      { numRuns: 200 },
    );
  });
});
