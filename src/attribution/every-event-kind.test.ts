import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { AttributedEvent } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import { EVENT_TYPES, type RawEvent } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Attributor } from './attributor.ts';

const FILE = new URL('../../examples/recordings/all-surfaces.ndjson', import.meta.url);
const LINES = readFileSync(FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { readonly type: string; readonly container?: Container });
const TYPES: ReadonlySet<string> = new Set(EVENT_TYPES);
const EVENTS = LINES.filter(({ type }) => TYPES.has(type)) as unknown as readonly RawEvent[];

describe('events of every kind', () => {
  for (const when of ['before', 'after'] as const) {
    it(`reach their container if it is known ${when} them, each once and in order`, async () => {
      const clock = new VirtualClock(1_000);
      const accounting = new EventAccounting();
      const delivered: AttributedEvent[] = [];
      const attributor = new Attributor({
        ...{ clock, accounting, log: silentLogger },
        onEvent: (event) => {
          delivered.push(event);
          accounting.evaluated();
        },
      });
      const addAll = () => {
        for (const { container } of LINES) if (container) attributor.containerAdded(container);
      };
      if (when === 'before') addAll();
      attributor.accept(EVENTS);
      if (when === 'after') addAll();
      for (const { container, event } of delivered) {
        assert.equal(container.cgroupId, event.cgroupId);
      }
      const bySeq = delivered.map(({ event }) => event).sort((a, b) => a.seq - b.seq);
      assert.deepEqual(bySeq, EVENTS);
      assert.equal(new Set(delivered.map(({ event }) => event.type)).size, EVENT_TYPES.length);
      const { emitted, evaluated, inFlight } = accounting.snapshot();
      assert.deepEqual([emitted, evaluated, inFlight], [EVENTS.length, EVENTS.length, 0]);
    });
  }
});
