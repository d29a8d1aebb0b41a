import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Container } from '#model/container.js';
import { EventAccounting } from '#model/event-accounting.js';
import type { RawEvent } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { Attributor } from './attributor.ts';
import { aCgroup, aContainer, anOpen } from './testing/build-event.ts';

/**
 * Six runs of three containers, two of them with the same name in another namespace, one a
 * sandbox, one never told of, and a service beside them. Each has its own cgroup; runs 0 and 3, 1
 * and 4 and so on are two runs of one container: of these the later starts when the earlier is over.
 */
const RUNS = 6;
const SERVICE_CGROUP = 100;
const HOLD_LIMIT = 12;
const HOLD_MS = 50;
const GRACE_MS = 200;
const IDS = ['ab'.repeat(32), 'web', 'web'];

const cgroupOf = (run: number) => run + 1;
const startOf = (run: number) => (run < 3 ? 1_000 : 5_000);

function containerOf(run: number, knowsCgroup: boolean): Container {
  return aContainer({
    id: IDS[run % 3] ?? '',
    runtimeNamespace: run % 3 === 2 ? 'moby' : 'default',
    pid: 1_000 + run,
    startedAtMs: startOf(run),
    kind: run === 5 ? 'sandbox' : 'container',
    ...(knowsCgroup && { cgroupId: cgroupOf(run) }),
  });
}

type Step =
  | { readonly type: 'event' | 'name' | 'add' | 'remove'; readonly run: number }
  | { readonly type: 'service' | 'setup' | 'lost' | 'damaged' }
  | { readonly type: 'wait'; readonly ms: number };

class Model {
  readonly clock = new VirtualClock();
  readonly accounting = new EventAccounting();
  readonly delivered: { readonly event: RawEvent; readonly container: Container }[] = [];
  readonly attributor: Attributor;
  readonly #knowsCgroups: boolean;
  readonly #named = new Set<number>();
  readonly #added = new Set<number>();
  readonly #removed = new Set<number>();
  #seq = 0;

  constructor(knowsCgroups: boolean) {
    this.#knowsCgroups = knowsCgroups;
    this.attributor = new Attributor({
      ...{ clock: this.clock, accounting: this.accounting, log: silentLogger },
      ...{ holdMs: HOLD_MS, holdLimit: HOLD_LIMIT, removalGraceMs: GRACE_MS },
      onEvent: (attributed) => {
        this.delivered.push(attributed);
        this.accounting.evaluated();
      },
    });
  }

  async do(step: Step): Promise<void> {
    if (step.type === 'wait') await this.clock.advance(step.ms);
    else if ('run' in step) this.#runStep(step.type, step.run);
    else this.#otherStep(step.type);
    assert.ok(this.attributor.sizes().held <= HOLD_LIMIT);
  }

  #runStep(type: 'event' | 'name' | 'add' | 'remove', run: number): void {
    // A run begins when the one before it is over: the kernel and containerd both say so first.
    const before = run - 3;
    if (this.#added.has(before) && !this.#removed.has(before)) return;
    this.#added.add(before);
    this.#removed.add(before);
    const cgroupId = cgroupOf(run);
    if (type === 'add' && !this.#added.has(run)) {
      this.#added.add(run);
      this.attributor.containerAdded(containerOf(run, this.#knowsCgroups));
    } else if (type === 'remove' && this.#added.has(run) && !this.#removed.has(run)) {
      this.#removed.add(run);
      const { id, runtimeNamespace } = containerOf(run, true);
      const timeMs = startOf(run) + 1_000;
      this.attributor.containerRemoved({ containerId: id, runtimeNamespace, timeMs });
    } else if (type === 'name' || type === 'event') {
      this.#name(run);
      if (type === 'event') this.attributor.accept([anOpen({ seq: ++this.#seq, cgroupId })]);
    }
  }

  /** The kernel side names a cgroup once, before its first event. */
  #name(run: number): void {
    if (this.#named.has(run)) return;
    this.#named.add(run);
    const name = IDS[run % 3] ?? '';
    const parentName = run % 3 === 2 ? 'moby' : 'default';
    const timeMs = startOf(run) + 10;
    this.attributor.accept([aCgroup({ cgroupId: cgroupOf(run), name, parentName, timeMs })]);
  }

  #otherStep(type: 'service' | 'setup' | 'lost' | 'damaged'): void {
    const cgroupId = SERVICE_CGROUP;
    if (type === 'lost') this.attributor.accept([{ type, timeMs: 0, count: 3 }]);
    else if (type === 'damaged') this.attributor.accept([{ type, timeMs: 0, reason: 'x' }]);
    else {
      const seq = ++this.#seq;
      const record = aCgroup({ cgroupId, name: 'x.service', parentName: 'system.slice' });
      this.attributor.accept([record, anOpen({ seq, cgroupId, setup: type === 'setup' })]);
    }
  }
}

const run = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 2 }) },
  { weight: 1, arbitrary: fc.integer({ min: 3, max: RUNS - 1 }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ type: fc.constant('event' as const), run }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('add' as const), run }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom('name' as const, 'remove'), run }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('service' as const, 'setup', 'lost', 'damaged'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('wait' as const),
      ms: fc.constantFrom(1, 20, HOLD_MS, GRACE_MS),
    }),
  },
);

it('counts every event once, keeps order and never errs in the container, whatever the order', async () => {
  let attributed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 80, size: 'max' }),
      fc.boolean(),
      async (steps, knows) => {
        const model = new Model(knows);
        for (const each of steps) await model.do(each);
        model.attributor.drain();
        assert.equal(model.accounting.snapshot().inFlight, 0, 'an event has no place');
        assert.deepEqual(model.attributor.sizes(), {
          held: 0,
          cgroups: 0,
          processes: 0,
          leaving: 0,
        });
        assert.equal(model.clock.pending, 0);
        const last = new Map<number, number>();
        for (const { event, container } of model.delivered) {
          assert.equal(container.pid, 1_000 + event.cgroupId - 1, 'the wrong container');
          assert.equal(container.kind, 'container');
          assert.ok((last.get(container.pid) ?? 0) < event.seq, 'out of order');
          last.set(container.pid, event.seq);
        }
        attributed += model.delivered.length;
      },
    ),
    { numRuns: 500 },
  );
  assert.ok(attributed > 2_000, `only ${attributed} events found their container`);
});
