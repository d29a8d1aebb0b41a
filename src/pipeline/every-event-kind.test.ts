import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import { EventAccounting } from '#model/event-accounting.js';
import { EVENT_TYPES, type RawEvent } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Pipeline } from './pipeline.ts';

const FILE = new URL('../../examples/recordings/all-surfaces.ndjson', import.meta.url);
const TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);
const EVENTS = readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as RawEvent)
  .filter(({ type }) => TYPES.has(type));

function attributed(event: RawEvent): AttributedEvent {
  const { pid, ppid, comm, uid, gid } = event;
  const process = {
    ...{ pid, ppid, comm, uid, gid, exePath: '', args: [], cwd: '/', upperLayer: false },
    startTimeMs: 0,
  };
  return { event, container: aContainer(), process };
}

describe('events of every kind in the pipeline', () => {
  it('all pass but opens that come again, and each is counted once', () => {
    const accounting = new EventAccounting();
    const passed: RawEvent[] = [];
    const pipeline = new Pipeline({
      ...{ clock: new VirtualClock(0), accounting },
      options: {
        order: { windowMs: 100, capacity: 1_000 },
        dedup: { windowMs: 60_000, slotsExponent: 10 },
      },
      onEvent: ({ event }) => passed.push(event),
    });
    // Twice the same, as if everything happened again a moment later.
    const again = EVENTS.map((event) => ({ ...event, seq: event.seq + EVENTS.length }));
    for (const event of [...EVENTS, ...again]) {
      accounting.emitted();
      pipeline.accept(attributed(event));
    }
    pipeline.drain();
    const isOpen = ({ type }: RawEvent) => type === 'open';
    const opens = EVENTS.filter(isOpen).length;
    assert.equal(passed.filter(isOpen).length, opens);
    for (const type of EVENT_TYPES.filter((one) => one !== 'open')) {
      const ofType = (events: readonly RawEvent[]) => events.filter((event) => event.type === type);
      assert.equal(ofType(passed).length, 2 * ofType(EVENTS).length, type);
    }
    const { emitted, evaluated, duplicate, inFlight } = accounting.snapshot();
    assert.deepEqual(
      [emitted, evaluated, duplicate, inFlight],
      [2 * EVENTS.length, passed.length, opens, 0],
    );
    assert.deepEqual(pipeline.dedupCounts, { passed: opens, deduplicated: opens });
  });
});
