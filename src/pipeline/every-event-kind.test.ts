import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import { EventAccounting } from '#model/event-accounting.js';
import { EVENT_TYPES, type RawEvent } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Pipeline } from './pipeline.ts';
import { REPEATABLE_TYPES } from './testing/repeatable-events.ts';

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
  it('pass but for repetitions of some, and each is counted once', () => {
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
    // Twice the same by the same programs, as if everything happened again a moment later.
    const again = EVENTS.filter(({ type }) => type !== 'exec' && type !== 'fork').map((event) => ({
      ...event,
      seq: event.seq + EVENTS.length,
    }));
    for (const event of [...EVENTS, ...again]) {
      accounting.emitted();
      pipeline.accept(attributed(event));
    }
    pipeline.drain();
    let repeated = 0;
    for (const type of EVENT_TYPES) {
      const ofType = (event: RawEvent) => event.type === type;
      const [first, second] = [EVENTS.filter(ofType).length, again.filter(ofType).length];
      const count = passed.filter(ofType).length;
      if (REPEATABLE_TYPES.has(type)) assert.ok(count <= first && (first === 0 || count > 0), type);
      else assert.equal(count, first + second, type);
      const deduplicated = first + second - count;
      repeated += deduplicated;
      assert.deepEqual(pipeline.dedupCounts.get(type), { passed: count, deduplicated });
    }
    const { emitted, evaluated, duplicate, inFlight } = accounting.snapshot();
    assert.deepEqual(
      [emitted, evaluated, duplicate, inFlight],
      [EVENTS.length + again.length, passed.length, repeated, 0],
    );
  });
});
