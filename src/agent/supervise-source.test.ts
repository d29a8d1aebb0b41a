import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { Container, ContainerEvent } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import type { EventSource, EventType, RawRecord } from '#model/raw-event.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { CombinedSource } from '#sensor/adapters/combined-source.js';
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

/** Two sources as one, both ready at 1,010 ms. */
async function superviseTwo() {
  const clock = new VirtualClock(1_000);
  const [a, b] = [new FakeSource(), new FakeSource()];
  const parts = [
    { name: 'a', source: a, types: new Set<EventType>(['exec']) },
    { name: 'b', source: b, types: new Set<EventType>(['dns']) },
  ];
  const combined = new CombinedSource({
    ...{ parts, clock, random: seededRandom(1), log: silentLogger },
  });
  const supervised = { ...supervise({ clock, source: combined }), a, b };
  await clock.advance(10);
  a.say(ready(0));
  b.say(ready(0));
  return supervised;
}

function superviseOne() {
  return supervise({ clock: new VirtualClock(1_000), source: new FakeSource() });
}

function supervise<Source extends EventSource>(given: {
  readonly clock: VirtualClock;
  readonly source: Source;
}) {
  const { clock, source } = given;
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
    const { source, ended } = superviseOne();
    source.die();
    await assert.rejects(ended, { code: 'unavailable', message: 'killed' });
  });

  it('restarts a source that died, and counts and tells the loss', async () => {
    const { clock, source, accounting, health, ending, batches, ended } = superviseOne();
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
    const { clock, source, ending, ended } = superviseOne();
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
    const { clock, source, ending, ended } = superviseOne();
    source.say(ready(1_010));
    source.die();
    await clock.advance(0);
    ending.abort();
    await ended;
    assert.equal(clock.pending, 0);
  });

  it('says which containers were not seen from their start', async () => {
    const { clock, source, sight, ending, ended } = superviseOne();
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

  it('says so too of those that started while one of several sources was being restarted', async () => {
    const { clock, a, b, sight, ending, ended } = await superviseTwo();
    assert.equal(isMissed(sight, 1_009), true);
    assert.equal(isMissed(sight, 1_010), false);
    a.die();
    await settle();
    assert.equal(isMissed(sight, 1_015), true, 'execs are not seen');
    b.die();
    await clock.advance(500);
    b.say(ready(0));
    assert.equal(isMissed(sight, 1_511), true, 'execs are still not seen');
    await clock.advance(90);
    a.say(ready(0));
    assert.equal(isMissed(sight, 1_599), true);
    assert.equal(isMissed(sight, 1_600), false);
    ending.abort();
    await ended;
  });
});
