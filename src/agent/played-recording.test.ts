import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ContainerEvent } from '#model/container.js';
import type { RawRecord } from '#model/raw-event.js';
import { aContainer } from '#model/testing/sample-container.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { PlayedRecording } from './played-recording.ts';

const RECORDED_MS = 1_000_000;
const NOW_MS = 9_000_000;

describe('PlayedRecording', () => {
  let folder: string;
  let file: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'hullwatch-played-'));
    file = join(folder, 'recording.ndjson');
    const container = aContainer({ startedAtMs: RECORDED_MS - 500 });
    const lines = [
      { type: 'recording', version: 1, agentVersion: '0.1.0', timeMs: RECORDED_MS },
      { type: 'ready', timeMs: RECORDED_MS, kernel: '6.1.0', programs: [], skipped: [] },
      { type: 'container-added', timeMs: RECORDED_MS + 2_000, container },
      { type: 'totals', timeMs: RECORDED_MS + 4_000, emitted: 0, lost: 0 },
      { type: 'end', timeMs: RECORDED_MS + 4_000, entries: 3 },
    ];
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  });
  after(() => rmSync(folder, { recursive: true }));

  function play({ speed = 1, path = file } = {}) {
    const clock = new VirtualClock(NOW_MS);
    const told: { readonly atMs: number; readonly what: RawRecord | ContainerEvent }[] = [];
    const tell = (what: RawRecord | ContainerEvent) => told.push({ atMs: clock.now(), what });
    const stop = new AbortController();
    const ended = new PlayedRecording({ file: path, speed, clock, log: silentLogger }).run({
      signal: stop.signal,
      onRecords: (records) => records.forEach(tell),
      onContainerEvent: tell,
    });
    return { clock, told, stop, ended };
  }

  /** Reading the file takes real time, which the virtual clock does not know of. */
  async function playedTo(clock: VirtualClock, ended: Promise<void>): Promise<void> {
    let isOver = false;
    void ended.finally(() => {
      isOver = true;
    });
    while (!isOver) await clock.advance(100);
  }

  it('tells everything as if it happened now, at its pace and in its order', async () => {
    const { clock, told, ended } = play();
    await playedTo(clock, ended);
    assert.deepEqual(
      told.map(({ what }) => what.type),
      ['ready', 'container-added', 'totals'],
    );
    const [ready, added, totals] = told.map(({ what }) => what.timeMs);
    assert.deepEqual([(added ?? 0) - (ready ?? 0), (totals ?? 0) - (ready ?? 0)], [2_000, 4_000]);
    assert.ok((ready ?? 0) >= NOW_MS);
    for (const { atMs, what } of told) assert.ok(atMs >= what.timeMs);
  });

  it('moves the start of a container with its arrival', async () => {
    const { clock, told, ended } = play({ speed: 2 });
    await playedTo(clock, ended);
    const added = told.map(({ what }) => what).find(({ type }) => type === 'container-added');
    assert.ok(added?.type === 'container-added');
    // 2.5 s passed between the two; at twice the speed it is half of that.
    assert.equal(added.timeMs - added.container.startedAtMs, 1_250);
  });

  it('ends when it is told to, and says which file is missing', async () => {
    const { told, stop, ended } = play();
    stop.abort();
    await ended;
    assert.ok(told.length <= 1);
    const missing = play({ path: join(folder, 'none.ndjson') });
    await assert.rejects(missing.ended, { code: 'not-found' });
  });
});
