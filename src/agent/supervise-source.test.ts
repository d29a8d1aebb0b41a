import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { Container, ContainerEvent } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import type { EventSource, RawRecord } from '#model/raw-event.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { superviseSource } from './supervise-source.ts';
import { Sight } from './supervise-source-sight.ts';

type Run = Parameters<EventSource['run']>[0];

/** A source whose runs are ended from outside. */
class FakeSource implements EventSource {
  runs = 0;
  #current: { readonly run: Run; readonly reject: (reason: unknown) => void } | undefined;

  run(run: Run): Promise<void> {
    this.runs += 1;
    return new Promise((resolve, reject) => {
      this.#current = { run, reject };
      run.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  say(...records: RawRecord[]): void {
    this.#current?.run.onRecords(records);
  }

  die(): void {
    this.#current?.reject(new AgentError('unavailable', 'killed'));
  }
}

const ready = (timeMs: number): RawRecord => ({
  type: 'ready',
  timeMs,
  kernel: '6.1',
  programs: [],
  skipped: [],
});

function supervise() {
  const clock = new VirtualClock(1_000);
  const source = new FakeSource();
  const accounting = new EventAccounting();
  const health = new Health(() => clock.now());
  const sight = new Sight();
  const ending = new AbortController();
  const batches: number[] = [];
  const ended = superviseSource({
    source,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    health,
    accounting,
    sight,
    onRecords: (records) => batches.push(records.length),
    signal: ending.signal,
  });
  return { clock, source, accounting, health, sight, ending, batches, ended };
}

/** Whether a container that started then counts as not seen from its start. */
function isMissed(sight: Sight, startedAtMs: number): boolean {
  const container = { id: 'c1', startedAtMs, preExisting: false } as Container;
  const event: ContainerEvent = { type: 'container-added', timeMs: startedAtMs, container };
  const marked = sight.mark(event);
  return marked.type === 'container-added' && marked.container.preExisting;
}

describe('superviseSource', () => {
  it('fails with the error of a source that never became ready', async () => {
    const { source, ended } = supervise();
    source.die();
    await assert.rejects(ended, { code: 'unavailable', message: 'killed' });
  });

  it('restarts a source that died, and counts and tells the loss', async () => {
    const { clock, source, accounting, health, ending, batches, ended } = supervise();
    source.say(ready(1_010));
    source.die();
    await clock.advance(0);
    assert.equal(accounting.snapshot().dropped['source-died'], 1);
    assert.equal(accounting.snapshot().inFlight, 0);
    assert.deepEqual(batches, [1, 0], 'those downstream hear of the loss at once');
    assert.deepEqual(
      health.conditions().map(({ name }) => name),
      ['sensor'],
    );
    await clock.advance(500);
    assert.equal(source.runs, 2);
    source.say(ready(1_500));
    assert.deepEqual(health.conditions(), []);
    ending.abort();
    await ended;
  });

  it('goes on trying when the restart fails, ever more slowly', async () => {
    const { clock, source, ending, ended } = supervise();
    source.say(ready(1_010));
    for (let death = 0; death < 20; death += 1) {
      source.die();
      await clock.advance(30_000);
    }
    assert.equal(source.runs, 21);
    source.die();
    await clock.advance(14_000);
    assert.equal(source.runs, 21, 'the wait is half of 30 s or more');
    ending.abort();
    await ended;
  });

  it('ends while it waits for a restart', async () => {
    const { clock, source, ending, ended } = supervise();
    source.say(ready(1_010));
    source.die();
    await clock.advance(0);
    ending.abort();
    await ended;
    assert.equal(clock.pending, 0);
  });

  it('says which containers were not seen from their start', async () => {
    const { clock, source, sight, ending, ended } = supervise();
    assert.equal(isMissed(sight, 1_005), true, 'nothing is seen before the source is ready');
    source.say(ready(1_010));
    assert.equal(isMissed(sight, 1_005), true, 'it was told of late');
    assert.equal(isMissed(sight, 1_011), false);
    source.die();
    await clock.advance(0);
    assert.equal(isMissed(sight, 1_020), true, 'nothing is seen while the source is restarted');
    await clock.advance(500);
    source.say(ready(1_500));
    assert.equal(isMissed(sight, 1_499), true);
    assert.equal(isMissed(sight, 1_501), false);
    ending.abort();
    await ended;
  });
});
