import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FIRST_MADE_UP_CGROUP_ID } from '#model/container.js';
import { EVENT_TYPES } from '#model/raw-event.js';
import { LoaderOrders } from './loader-orders.ts';

/** A loader's input that can be stuck, and what stands in it. */
class Input extends Writable {
  text = '';
  #taken: (() => void) | undefined;
  isStuck = false;

  constructor() {
    super({ decodeStrings: false, highWaterMark: 64 });
  }

  override _write(chunk: string, _: BufferEncoding, done: () => void): void {
    this.text += chunk;
    if (this.isStuck) this.#taken = done;
    else done();
  }

  /** Reads on, until nothing waits. */
  async release(): Promise<void> {
    this.isStuck = false;
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
    // Node tells that there is room again a turn later.
    for (let turn = 0; turn < 5; turn += 1)
      await new Promise((resolve) => process.nextTick(resolve));
  }

  get lines(): readonly string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

function attached() {
  const orders = new LoaderOrders();
  const input = new Input();
  orders.attach(input);
  return { orders, input };
}

describe('LoaderOrders', () => {
  it('tells nothing while nothing was said', () => {
    assert.equal(attached().input.text, '');
  });

  it('writes each order as lines', () => {
    const { orders, input } = attached();
    orders.demand({ types: new Set(['exec', 'open', 'setns']), openPrefixes: ['/etc/', '/root'] });
    orders.narrow(4242, true);
    orders.narrow(4242, false);
    orders.reopen(7);
    orders.reopen();
    orders.demand({ types: new Set(EVENT_TYPES) });
    assert.deepEqual(input.lines, [
      'types 80003',
      'open-prefixes 2',
      '/etc/',
      '/root',
      'narrow 4242 1',
      'narrow 4242 0',
      'reopen 7',
      'reopen all',
      'types fffff',
      'open-prefixes all',
    ]);
  });

  it('asks for all opens where a path cannot be written or compared', () => {
    const long = `/${'é'.repeat(127)}`;
    const all = [undefined, ['/a\nreopen all'], ['/a\0'], [`${long}x`], ['a'], [''], ['/\ufffd']];
    for (const openPrefixes of all) {
      const { orders, input } = attached();
      const demand = openPrefixes === undefined ? {} : { openPrefixes: ['/ok', ...openPrefixes] };
      orders.demand({ types: new Set(), ...demand });
      assert.deepEqual(input.lines, ['types 0', 'open-prefixes all'], String(openPrefixes));
    }
    const many = Array.from({ length: 4_097 }, (_, index) => `/${index}`);
    const { orders, input } = attached();
    orders.demand({ types: new Set(), openPrefixes: many });
    assert.equal(input.lines.at(-1), 'open-prefixes all');
    orders.demand({ types: new Set(), openPrefixes: [long, '/', '/'] });
    assert.deepEqual(input.lines.slice(-3), ['open-prefixes 2', long, '/']);
  });

  it('can ask for no opens at all', () => {
    const { orders, input } = attached();
    orders.demand({ types: new Set(['open']), openPrefixes: [] });
    assert.deepEqual(input.lines, ['types 2', 'open-prefixes 0']);
  });

  it('says nothing twice', () => {
    const { orders, input } = attached();
    for (let turn = 0; turn < 3; turn += 1) {
      orders.demand({ types: new Set(['dns']), openPrefixes: [] });
      orders.narrow(5, true);
      orders.narrow(6, false);
    }
    assert.deepEqual(input.lines, ['types 80', 'open-prefixes 0', 'narrow 5 1']);
  });

  it('tells a loader what holds that was said before it was started', () => {
    const orders = new LoaderOrders();
    orders.demand({ types: new Set(['dns']) });
    orders.narrow(5, true);
    orders.narrow(6, true);
    orders.narrow(5, false);
    orders.reopen();
    const input = new Input();
    orders.attach(input);
    assert.deepEqual(input.lines, ['types 80', 'open-prefixes all', 'narrow 6 1']);
  });

  it('tells all of it anew to a loader that was started again, and nothing to the old one', () => {
    const { orders, input } = attached();
    orders.demand({ types: new Set(['dns']) });
    orders.narrow(5, true);
    orders.detach();
    orders.narrow(6, true);
    const told = input.text;
    const second = new Input();
    orders.attach(second);
    orders.reopen(6);
    assert.equal(input.text, told);
    assert.deepEqual(second.lines, [
      'types 80',
      'open-prefixes all',
      'narrow 5 1',
      'narrow 6 1',
      'reopen 6',
    ]);
  });

  it('does not take room in an old loader’s input for room in the new one’s', async () => {
    const { orders, input } = attached();
    input.isStuck = true;
    for (let id = 1; id < 10; id += 1) orders.narrow(id, true);
    const second = new Input();
    second.isStuck = true;
    orders.attach(second);
    const waiting = second.writableLength;
    orders.narrow(77, true);
    await input.release();
    assert.equal(second.writableLength, waiting);
    await second.release();
    assert.equal(second.lines.at(-1), 'narrow 77 1');
  });

  it('keeps only what holds while the input is stuck', async () => {
    const { orders, input } = attached();
    input.isStuck = true;
    orders.demand({ types: new Set(EVENT_TYPES), openPrefixes: ['/'.padEnd(200, 'x')] });
    for (let id = 1; id <= 100_000; id += 1) {
      orders.demand({ types: new Set(['dns']), openPrefixes: [`/${id}`] });
      orders.narrow(id, true);
      orders.narrow(id, false);
      orders.reopen(id);
    }
    orders.narrow(9, true);
    const before = input.lines.length;
    assert.ok(input.writableLength < 1_000);
    await input.release();
    assert.deepEqual(input.lines.slice(before), [
      'types 80',
      'open-prefixes 1',
      '/100000',
      'narrow 9 1',
      'reopen all',
    ]);
  });

  it('widens what it has no room to remember, and numbers that are no cgroup', () => {
    const { orders, input } = attached();
    for (const id of [0, -1, 1.5, Number.NaN, 2 ** 60]) orders.narrow(id, true);
    orders.reopen(Number.NaN);
    assert.equal(input.text, '');
    for (let id = 1; id <= 20_000; id += 1) orders.narrow(id, true);
    assert.equal(input.lines.length, 16_384);
  });

  it('says nothing of cgroups that other sources made up, however many', () => {
    const { orders, input } = attached();
    for (let n = 0; n < 20_000; n += 1) {
      orders.narrow(FIRST_MADE_UP_CGROUP_ID + n, true);
      orders.reopen(FIRST_MADE_UP_CGROUP_ID + n);
    }
    assert.equal(input.text, '');
    orders.narrow(FIRST_MADE_UP_CGROUP_ID - 1, true);
    orders.reopen(5);
    assert.deepEqual(input.lines, ['narrow 4503599627370495 1', 'reopen 5']);
    orders.narrow(6, true);
    assert.equal(input.lines.at(-1), 'narrow 6 1', 'there is room left to remember');
  });

  it('survives an input that has ended or broken', () => {
    for (const end of [(input: Input) => input.end(), (input: Input) => input.destroy()]) {
      const { orders, input } = attached();
      end(input);
      orders.narrow(5, true);
      orders.reopen();
      assert.equal(input.text, '');
    }
  });

  it('leaves a loader believing what holds, however slowly it listens', async () => {
    const step = fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean()).map(narrowing),
      fc.integer({ min: 0, max: 3 }).map(asking),
      fc.constant<Step>(({ input }) => {
        input.isStuck = true;
      }),
      fc.constant<Step>(({ input }) => input.release()),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (script) => {
        const world: World = { ...attached(), holds: new Map(), prefix: '' };
        for (const play of script) await play(world);
        await world.input.release();
        const { lines } = world.input;
        const believed = new Map(lines.flatMap(believedOf));
        for (const [id, isNarrow] of world.holds) {
          assert.equal(believed.get(id) ?? false, isNarrow, `narrow ${id}`);
        }
        assert.equal(lines.findLast((line) => line.startsWith('/')) ?? '', world.prefix);
      }),
    );
  });
});

interface World {
  readonly orders: LoaderOrders;
  readonly input: Input;
  readonly holds: Map<number, boolean>;
  prefix: string;
}

type Step = (world: World) => void | Promise<void>;

function narrowing([id, isNarrow]: [number, boolean]): Step {
  return ({ orders, holds }) => {
    orders.narrow(id, isNarrow);
    holds.set(id, isNarrow);
  };
}

function asking(number: number): Step {
  return (world) => {
    world.prefix = `/${'x'.repeat(60)}${number}`;
    world.orders.demand({ types: new Set(['dns']), openPrefixes: [world.prefix] });
  };
}

function believedOf(line: string): readonly (readonly [number, boolean])[] {
  const [word, id, value] = line.split(' ');
  return word === 'narrow' ? [[Number(id), value === '1']] : [];
}
