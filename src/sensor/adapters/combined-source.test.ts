import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { EventSource, EventType, RawEvent, RawRecord } from '#model/raw-event.js';
import type { SensorControl, SensorDemand } from '#model/sensor-control.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { CombinedSource } from './combined-source.ts';

type Run = Parameters<EventSource['run']>[0];

/** A source that a test speaks for. */
class SpokenSource implements EventSource {
  readonly control?: SensorControl;
  runs = 0;
  #onRecords: Run['onRecords'] = () => {};
  #end: (error?: Error) => void = () => {};
  /** What the next run dies of at once. */
  deadOnArrival: Error | undefined;

  constructor(control?: SensorControl) {
    if (control) this.control = control;
  }

  run({ onRecords, signal }: Run): Promise<void> {
    this.runs += 1;
    this.#onRecords = onRecords;
    return new Promise((resolve, reject) => {
      this.#end = (error) => (error ? reject(error) : resolve());
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (this.deadOnArrival) reject(this.deadOnArrival);
    });
  }

  say(...records: readonly RawRecord[]): void {
    try {
      this.#onRecords(records);
    } catch (reason) {
      this.#end(reason as Error);
    }
  }

  ready(program: string): void {
    const skipped = [{ program: `${program}-none`, reason: 'absent' }];
    this.say({ type: 'ready', timeMs: 0, kernel: '6.1', programs: [program], skipped });
  }

  end(error?: Error): void {
    this.#end(error);
  }
}

const died = new AgentError('unavailable', 'it was killed');

function event(type: 'exit' | 'fork' | 'syscall', seq: number): RawEvent {
  const base = { seq, timeMs: 0, cgroupId: 1, mountNs: 1, pid: 1, tid: 1, ppid: 1, uid: 0, gid: 0 };
  const rest = { comm: '', parentComm: '', setup: false, exitCode: 0, signal: 0, childPid: 2 };
  return { type, ...base, ...rest, syscall: 'read' } as RawEvent;
}

/** Two sources, the first for exits and forks, the second for system calls. */
function combined(control?: SensorControl) {
  const [a, b] = [new SpokenSource(control), new SpokenSource()];
  const clock = new VirtualClock();
  const troubles: (string | undefined)[] = [];
  const parts = [
    { name: 'a', source: a, types: new Set<EventType>(['exit', 'fork']) },
    { name: 'b', source: b, types: new Set<EventType>(['syscall']) },
  ];
  const source = new CombinedSource({
    ...{ parts, clock, random: seededRandom(1), log: silentLogger },
    onTrouble: (name, trouble) => troubles.push(trouble && `${name}: ${trouble}`),
  });
  const records: RawRecord[] = [];
  const stop = new AbortController();
  const start = () =>
    source.run({ onRecords: (batch) => records.push(...batch), signal: stop.signal });
  return { a, b, clock, troubles, source, records, stop, start };
}

describe('several sources as one', () => {
  it('are ready when all of them are, with what each can tell', async () => {
    const { a, b, records, stop, start } = combined();
    const run = start();
    a.ready('x');
    assert.deepEqual(records, []);
    b.ready('y');
    assert.partialDeepStrictEqual(records, [{ type: 'ready', programs: ['x', 'y'] }]);
    stop.abort();
    await run;
  });

  it('tell each kind of event from one of them, numbered without gaps', async () => {
    const { a, b, records, stop, start } = combined();
    const run = start();
    a.say(event('exit', 7), event('syscall', 8), event('fork', 9));
    b.say(event('syscall', 1), event('exit', 2), event('exit', 3));
    stop.abort();
    await run;
    const told = records.flatMap((record) => ('seq' in record ? [[record.type, record.seq]] : []));
    assert.deepEqual(told, [
      ['exit', 1],
      ['fork', 2],
      ['syscall', 3],
    ]);
    const unwanted = records.flatMap((record) =>
      record.type === 'suppressed' ? [record.unwanted] : [],
    );
    assert.deepEqual(unwanted, [{ syscall: 1 }, { exit: 2 }]);
  });

  it('keep room in the numbers for what was lost or damaged, and sum it up at the end', async () => {
    const { a, records, stop, start } = combined();
    const run = start();
    a.say({ type: 'lost', timeMs: 0, count: 5 }, { type: 'damaged', timeMs: 0, reason: '' });
    a.say(event('exit', 1), { type: 'totals', timeMs: 0, emitted: 6, lost: 5 });
    stop.abort();
    await run;
    assert.partialDeepStrictEqual(records.slice(2), [
      { type: 'exit', seq: 7 },
      { type: 'totals', emitted: 7, lost: 5 },
    ]);
    assert.equal(records.length, 4, 'and no totals of one source alone');
  });

  it('go on when one dies, and count its death, every start that fails and its return', async () => {
    const { a, b, clock, records, troubles, stop, start } = combined();
    const run = start();
    a.ready('x');
    b.ready('y');
    b.deadOnArrival = died;
    b.end(died);
    await settle();
    a.say(event('exit', 1));
    await clock.advance(500);
    assert.equal(b.runs, 2);
    b.deadOnArrival = undefined;
    await clock.advance(1_000);
    assert.equal(b.runs, 3);
    b.ready('y');
    const reasons = records.map((record) => ('reason' in record ? record.reason : record.type));
    assert.deepEqual(reasons, [
      'ready',
      'b died: it was killed',
      'exit',
      'b died: it was killed',
      'b is back; what happened meanwhile was missed',
    ]);
    const trouble = 'b: it died and is being started again: it was killed';
    assert.deepEqual(troubles, [undefined, undefined, trouble, trouble, undefined]);
    stop.abort();
    await run;
    assert.equal(clock.pending, 0);
  });

  it('say whether all kinds are seen, and are ready only while none is dead', async () => {
    const { a, b, clock, records, stop, start } = combined();
    const run = start();
    a.ready('x');
    a.end(died);
    await settle();
    b.ready('y');
    assert.deepEqual(
      records.map(({ type }) => type),
      ['damaged'],
    );
    await clock.advance(500);
    a.ready('x');
    for (const each of [a, b]) each.end(died);
    await clock.advance(1_000);
    for (const each of [a, b]) each.ready('x');
    const blind = records.map((record) =>
      record.type === 'damaged' ? record.isBlind : record.type,
    );
    assert.deepEqual(blind, [true, 'ready', false, true, true, true, false]);
    stop.abort();
    await run;
  });

  it('count the end of one that ends by itself as a death', async () => {
    const { a, b, records, stop, start } = combined();
    const run = start();
    a.ready('x');
    b.ready('y');
    a.end();
    await settle();
    assert.partialDeepStrictEqual(records[1], { reason: 'a died: it ended by itself' });
    stop.abort();
    await run;
  });

  it('all end when one can never be started', async () => {
    const { a, b, start } = combined();
    b.deadOnArrival = new AgentError('invalid', 'no such file');
    const run = start();
    a.ready('x');
    await assert.rejects(run, { code: 'invalid', message: 'no such file' });
  });

  it('all end with what the receiver throws', async () => {
    const { a, b, source, stop } = combined();
    const onRecords = () => {
      throw new AgentError('unavailable', 'ours');
    };
    const run = source.run({ onRecords, signal: stop.signal });
    a.ready('x');
    b.ready('y');
    await assert.rejects(run, { message: 'ours' });
    assert.equal(a.runs, 1, 'not taken for a death');
  });

  it('are asked for nothing that is not taken from them', () => {
    const asked: unknown[] = [];
    const control: SensorControl = {
      demand: ({ types, openPrefixes }: SensorDemand) => asked.push([[...types], openPrefixes]),
      narrow: (...given) => asked.push(given),
      reopen: (...given) => asked.push(given),
    };
    const { source } = combined(control);
    source.control?.demand({ types: new Set(['exit', 'syscall']), openPrefixes: ['/etc'] });
    source.control?.narrow(5, true);
    source.control?.reopen();
    assert.deepEqual(asked, [[['exit'], ['/etc']], [5, true], [undefined]]);
    assert.equal(combined().source.control, undefined);
  });
});
