import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VirtualClock } from '#runtime/virtual-clock.js';
import type { NewSpooledAlert, SpoolFile } from '../spool-file.ts';

/** The bounds that a file is opened with. */
export interface SpoolBounds {
  readonly clock: VirtualClock;
  readonly maxBytes?: number;
  readonly keepDelivered?: number;
}

/** Runs `work` with a function that opens the same file each time, as an agent that is started again does. */
export type WithSpoolFile = (
  work: (open: (bounds: SpoolBounds) => SpoolFile) => void,
) => void | Promise<void>;

/** An alert as the spool sees it; `text` makes it as large as wanted. */
export function spooled(name: string, text = name): NewSpooledAlert {
  return { alert: JSON.stringify(text), key: `key-${name}`, event: `{"of":"${name}"}` };
}

/** What every spool file promises. */
export function describeSpoolFile(name: string, withFile: WithSpoolFile): void {
  const waiting = (file: SpoolFile, sink: string, limit = 1_000) =>
    file.waiting(sink, limit).map(({ sequence, alert }) => `${sequence} ${JSON.parse(alert)}`);
  const state = (file: SpoolFile, sink: string) => {
    const { count, lost } = file.backlog(sink) ?? {};
    return { count, lost };
  };
  const clock = new VirtualClock(5_000);

  describe(`spool file: ${name}`, () => {
    it('gives each sink what it has not acknowledged, in order, and the same when it is opened again', () =>
      withFile((open) => {
        const file = open({ clock });
        file.useSinks(['a', 'b']);
        file.append([spooled('x'), spooled('y')]);
        file.append([spooled('z')]);
        file.acknowledge('a', 2);
        const check = (each: SpoolFile) => {
          assert.deepEqual(waiting(each, 'a'), ['3 z']);
          assert.deepEqual(waiting(each, 'b'), ['1 x', '2 y', '3 z']);
          assert.deepEqual(waiting(each, 'b', 2), ['1 x', '2 y']);
          assert.deepEqual(waiting(each, 'nobody'), []);
        };
        check(file);
        file.close();
        const again = open({ clock });
        check(again);
        again.append([spooled('w')]);
        assert.deepEqual(waiting(again, 'a'), ['3 z', '4 w']);
        again.close();
      }));

    it('gives a new sink nothing older, and forgets one that is missing', () =>
      withFile((open) => {
        const file = open({ clock });
        file.useSinks(['a']);
        file.append([spooled('x')]);
        file.useSinks(['a', 'b']);
        file.append([spooled('y')]);
        assert.deepEqual([waiting(file, 'a').length, waiting(file, 'b')], [2, ['2 y']]);
        file.useSinks(['b']);
        assert.equal(file.backlog('a'), undefined);
        assert.equal(file.oldestMs('a'), undefined);
        file.useSinks(['a', 'b']);
        assert.deepEqual(waiting(file, 'a'), []);
        file.close();
      }));

    it('never takes an acknowledgement back, nor one of what was never spooled', () =>
      withFile((open) => {
        const file = open({ clock });
        file.useSinks(['a']);
        file.append([spooled('x'), spooled('y')]);
        file.acknowledge('a', 2);
        file.acknowledge('a', 1);
        file.acknowledge('a', 99);
        file.acknowledge('nobody', 1);
        assert.deepEqual(waiting(file, 'a'), []);
        file.append([spooled('z')]);
        assert.deepEqual(waiting(file, 'a'), ['3 z']);
        file.close();
      }));

    it('tells how many wait and since when', () =>
      withFile((open) => {
        const now = new VirtualClock(1_000);
        const file = open({ clock: now });
        file.useSinks(['a']);
        const before = { count: 0, acknowledged: 0, lost: 0, untold: 0, told: 0 };
        assert.deepEqual(file.backlog('a'), before);
        assert.equal(file.oldestMs('a'), undefined);
        file.append([spooled('x'), spooled('y')]);
        file.acknowledge('a', 1);
        assert.deepEqual(file.backlog('a'), { ...before, count: 1, acknowledged: 1 });
        assert.equal(file.oldestMs('a'), 1_000);
        file.close();
      }));

    it('makes room by removing the oldest, and says for each sink what it lost', () =>
      withFile((open) => {
        const bounds = { clock, maxBytes: 3_000 };
        const file = open(bounds);
        file.useSinks(['fast', 'slow']);
        const kilobyte = (n: number) => spooled(`${n}`, `${n}${'x'.repeat(800)}`);
        file.append([kilobyte(1), kilobyte(2)]);
        file.acknowledge('fast', 2);
        assert.deepEqual(file.append([kilobyte(3)]), new Map());
        assert.deepEqual(file.append([kilobyte(4)]), new Map([['slow', 1]]));
        assert.deepEqual(
          file.append([kilobyte(5), kilobyte(6)]),
          new Map([
            ['slow', 2],
            ['fast', 1],
          ]),
        );
        assert.ok(file.sizeBytes <= 3_000);
        const check = (each: SpoolFile) => {
          assert.deepEqual(state(each, 'slow'), { count: 3, lost: 3 });
          assert.deepEqual(state(each, 'fast'), { count: 3, lost: 1 });
        };
        check(file);
        file.close();
        const again = open(bounds);
        check(again);
        again.acknowledge('slow', 3);
        assert.deepEqual(state(again, 'slow'), { count: 3, lost: 0 });
        again.close();
      }));

    it('keeps what a sink is to be told of discarded alerts until it was told', () =>
      withFile((open) => {
        const bounds = { clock, maxBytes: 500 };
        const file = open(bounds);
        file.useSinks(['a', 'b']);
        file.append([spooled('x', 'x'.repeat(1_000)), spooled('y', 'y'.repeat(1_000))]);
        file.acknowledge('a', 2, { discarded: 2 });
        file.acknowledge('a', 2, { discarded: 2 });
        const untold = { count: 0, acknowledged: 2, lost: 0, untold: 2, told: 0 };
        assert.deepEqual(file.backlog('a'), untold);
        file.close();
        const again = open(bounds);
        again.useSinks(['a', 'b']);
        assert.deepEqual(again.backlog('a'), untold);
        again.acknowledge('a', 0, { told: 2 });
        again.acknowledge('b', 2, { discarded: 2, told: 2 });
        again.close();
        const third = open(bounds);
        for (const sink of ['a', 'b']) {
          assert.deepEqual(third.backlog(sink), { ...untold, untold: 0, told: 2 });
        }
        third.close();
      }));

    it('takes alerts of another spool, and gives no sink what it has had there', () =>
      withFile((open) => {
        const file = open({ clock });
        file.useSinks(['fast', 'slow', 'half']);
        file.append([spooled('x')]);
        file.acknowledge('fast', 1);
        file.acknowledge('half', 1);
        const standings = new Map([
          ['fast', { had: 2, untold: 0 }],
          ['half', { had: 1, untold: 3 }],
          ['slow', { had: 1, untold: 4 }],
          ['nobody', { had: 1, untold: 1 }],
        ]);
        assert.deepEqual(file.append([spooled('y'), spooled('z')], standings), new Map());
        const check = (each: SpoolFile) => {
          assert.deepEqual(waiting(each, 'fast'), []);
          assert.deepEqual(waiting(each, 'half'), ['3 z']);
          assert.deepEqual(waiting(each, 'slow'), ['1 x', '2 y', '3 z']);
          const untold = ['fast', 'half', 'slow', 'nobody'].map((s) => each.backlog(s)?.untold);
          assert.deepEqual(untold, [0, 3, 4, undefined]);
        };
        check(file);
        file.close();
        const again = open({ clock });
        check(again);
        again.append([spooled('w')]);
        assert.deepEqual(waiting(again, 'fast'), ['4 w']);
        again.close();
      }));

    it('counts as discarded, of what comes from another spool, only what a sink has not had there', () =>
      withFile((open) => {
        const file = open({ clock, maxBytes: 500 });
        file.useSinks(['fast', 'slow']);
        file.append([spooled('w', 'w'.repeat(1_000))]);
        const alerts = [spooled('x', 'x'.repeat(1_000)), spooled('y')];
        const standings = new Map([
          ['fast', { had: 1, untold: 0 }],
          ['slow', { had: 0, untold: 0 }],
        ]);
        assert.deepEqual(file.append(alerts, standings), new Map([['slow', 1]]));
        assert.deepEqual(waiting(file, 'slow'), ['3 y']);
        const owed = (sink: string) => {
          const { lost = 0, untold = 0 } = file.backlog(sink) ?? {};
          return lost + untold;
        };
        assert.deepEqual([owed('fast'), owed('slow')], [1, 2]);
        file.close();
      }));

    it('says how much waited for a sink that it forgets', () =>
      withFile((open) => {
        const file = open({ clock, maxBytes: 500 });
        assert.deepEqual(file.useSinks(['a', 'b', 'c']), new Map());
        file.append([spooled('x', 'x'.repeat(1_000)), spooled('y')]);
        file.acknowledge('b', 2, { discarded: 1 });
        file.acknowledge('c', 2);
        file.append([spooled('z')]);
        file.acknowledge('c', 3);
        assert.deepEqual(
          file.useSinks([]),
          new Map([
            ['a', 3],
            ['b', 2],
          ]),
        );
        file.close();
      }));

    it('discards an alert that has no room at all', () =>
      withFile((open) => {
        const file = open({ clock, maxBytes: 500 });
        file.useSinks(['a']);
        const discarded = file.append([spooled('x'), spooled('y', 'y'.repeat(1_000))]);
        assert.deepEqual(discarded, new Map([['a', 2]]));
        assert.deepEqual(state(file, 'a'), { count: 0, lost: 2 });
        file.append([spooled('z')]);
        assert.deepEqual(waiting(file, 'a'), ['3 z']);
        file.close();
      }));

    it('finds alerts by key or the beginning of one, delivered ones too for a while', () =>
      withFile((open) => {
        const file = open({ clock, keepDelivered: 2 });
        file.useSinks(['a']);
        file.append(['abc', 'abd', 'x', 'ab'].map((key) => spooled(key)));
        file.acknowledge('a', 4);
        file.append([]);
        assert.equal(file.find('key-abc'), undefined);
        assert.deepEqual(file.find('key-x'), { alert: '"x"', event: '{"of":"x"}' });
        file.append([spooled('abz'), spooled('ab%'), { alert: '1', key: 'plain' }]);
        assert.equal(file.find('key-a'), 'ambiguous');
        assert.deepEqual(file.find('key-ab'), { alert: '"ab"', event: '{"of":"ab"}' });
        assert.deepEqual(file.find('key-ab%')?.valueOf(), spoolOf('ab%'));
        assert.deepEqual(file.find('pl'), { alert: '1' });
        assert.equal(file.find('key_ab'), undefined);
        file.close();
      }));

    it('goes by a simple list, whatever is done to it', async () => {
      const command = fc.oneof(
        fc.record({ append: fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 4 }) }),
        fc.record({ ack: fc.constantFrom('a', 'b'), upTo: fc.nat(40) }),
        fc.record({ sinks: fc.subarray(['a', 'b']) }),
        fc.constant({ reopen: true }),
      );
      const commands = fc.array(command, { maxLength: 25 });
      for (const steps of fc.sample(commands, 30)) {
        await withFile((open) => {
          const model = new SpoolModel(open);
          for (const step of steps) {
            model.take(step);
            model.check();
          }
          model.close();
        });
      }
    });
  });
}

function spoolOf(name: string) {
  return { alert: JSON.stringify(name), event: `{"of":"${name}"}` };
}

type Step =
  | { readonly append: readonly number[] }
  | { readonly ack: string; readonly upTo: number }
  | { readonly sinks: readonly string[] }
  | { readonly reopen: boolean };

/** The model: all alerts ever, and how far each sink is; what must not be there is what the file said it lost. */
class SpoolModel {
  static readonly maxBytes = 2_500;
  readonly #open: () => SpoolFile;
  readonly #acknowledged = new Map<string, number>();
  readonly #lost = new Map<string, number>();
  #file: SpoolFile;
  #last = 0;

  constructor(open: (bounds: SpoolBounds) => SpoolFile) {
    this.#open = () => open({ clock: new VirtualClock(), maxBytes: SpoolModel.maxBytes });
    this.#file = this.#open();
    this.take({ sinks: ['a', 'b'] });
  }

  take(step: Step): void {
    if ('append' in step) this.#append(step.append);
    else if ('sinks' in step) this.#use(step.sinks);
    else if ('ack' in step) this.#acknowledge(step.ack, step.upTo);
    else this.#reopen();
  }

  check(): void {
    assert.ok(this.#file.sizeBytes <= SpoolModel.maxBytes);
    for (const [name, position] of this.#acknowledged) {
      const { count = 0, lost = 0 } = this.#file.backlog(name) ?? {};
      assert.equal(lost, this.#lost.get(name), `${name} lost`);
      assert.equal(count + lost, this.#last - position, `${name} waits`);
      const sequences = this.#file.waiting(name, 1_000).map(({ sequence }) => sequence);
      const first = position + lost + 1;
      assert.deepEqual(
        sequences,
        Array.from({ length: count }, (_, i) => first + i),
      );
    }
  }

  close(): void {
    this.#file.close();
  }

  #append(sizes: readonly number[]): void {
    const discarded = this.#file.append(sizes.map((n) => spooled('k', 'x'.repeat(n))));
    this.#last += sizes.length;
    for (const [name, count] of discarded) {
      this.#lost.set(name, (this.#lost.get(name) ?? 0) + count);
    }
  }

  #use(names: readonly string[]): void {
    this.#file.useSinks(names);
    for (const name of this.#acknowledged.keys()) {
      if (!names.includes(name)) this.#acknowledged.delete(name);
    }
    for (const name of names) {
      if (this.#acknowledged.has(name)) continue;
      this.#acknowledged.set(name, this.#last);
      this.#lost.set(name, 0);
    }
  }

  #acknowledge(name: string, upTo: number): void {
    this.#file.acknowledge(name, upTo);
    const before = this.#acknowledged.get(name);
    if (before === undefined) return;
    const now = Math.max(before, Math.min(this.#last, upTo));
    this.#acknowledged.set(name, now);
    this.#lost.set(name, Math.max(0, (this.#lost.get(name) ?? 0) - (now - before)));
  }

  #reopen(): void {
    this.#file.close();
    this.#file = this.#open();
    this.#file.useSinks([...this.#acknowledged.keys()]);
  }
}
