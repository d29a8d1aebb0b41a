import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { AttributedEvent } from '#model/attributed-event.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { EventOrder } from './event-order.ts';
import { anOpen } from './testing/attributed-events.ts';

function started(options = { windowMs: 10, capacity: 100 }) {
  const clock = new VirtualClock();
  const out: number[] = [];
  const order = new EventOrder(clock, options, (event) => out.push(event.event.seq));
  const push = (seq: number, timeMs: number) => order.push(anOpen({ seq, timeMs }));
  return { clock, out, order, push };
}

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
