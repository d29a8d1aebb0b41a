import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Alert } from '#model/alert.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import type { AlertSink, DeliveryOptions } from './alert-sink.ts';
import { deliveryError } from './delivery-error.ts';
import { MemorySpoolFile } from './memory-spool-file.ts';
import { NOTICE_RULES } from './notice-alert.ts';
import { LaneRig, type LaneRigOptions } from './testing/lane-rig.ts';

/** What a call of a sink does; `late` does not listen to being aborted. */
const BEHAVIOURS = [
  'well',
  'fails',
  'throws',
  'lost-answer',
  'slow',
  'hangs',
  'late',
  'busy',
] as const;
type Behaviour = (typeof BEHAVIOURS)[number];

interface Plan {
  readonly moods: readonly Behaviour[];
  readonly batchSize: number;
  readonly batchDelayMs: number;
  readonly perMinute: number | undefined;
}

/** Does as it is told, call by call, and well from then on; calls must not overlap. */
class MoodySink implements AlertSink {
  readonly name: string;
  readonly batchSize: number;
  readonly batchDelayMs: number;
  readonly alertsPerMinute?: number;
  readonly got: Alert[] = [];
  closed = 0;
  overlapped = false;
  #underWay = 0;
  readonly #clock: VirtualClock;
  readonly #moods: Behaviour[];

  constructor(name: string, clock: VirtualClock, plan: Plan) {
    this.name = name;
    this.batchSize = plan.batchSize;
    this.batchDelayMs = plan.batchDelayMs;
    if (plan.perMinute !== undefined) this.alertsPerMinute = plan.perMinute;
    this.#clock = clock;
    this.#moods = [...plan.moods];
  }

  async deliver(alerts: readonly Alert[], options: DeliveryOptions): Promise<void> {
    if (this.#underWay > 0) this.overlapped = true;
    this.#underWay += 1;
    try {
      await this.#act(this.#moods.shift() ?? 'well', alerts, options);
    } finally {
      this.#underWay -= 1;
    }
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  async #act(mood: Behaviour, alerts: readonly Alert[], { signal }: DeliveryOptions) {
    const take = () => void this.got.push(...alerts);
    const never = new AbortController().signal;
    if (mood === 'fails') throw deliveryError('away', {});
    if (mood === 'throws') throw new TypeError('a mistake');
    if (mood === 'busy') throw deliveryError('busy', { retryAfterMs: 5_000 });
    if (mood === 'slow') await this.#clock.sleep(800, signal);
    if (mood === 'late') await this.#clock.sleep(3_000, never);
    if (mood === 'hangs') await this.#clock.sleep(1e9, signal);
    take();
    if (mood === 'lost-answer') throw deliveryError('broken', {});
  }
}

const plan = fc.record({
  moods: fc.array(fc.constantFrom(...BEHAVIOURS), { maxLength: 12 }),
  batchSize: fc.integer({ min: 1, max: 5 }),
  batchDelayMs: fc.constantFrom(0, 300),
  perMinute: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
});
const plans = fc.array(plan, { minLength: 1, maxLength: 3 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ waitMs: fc.integer({ min: 0, max: 3_000 }) }) },
  { weight: 1, arbitrary: fc.constantFrom({ end: 'kill' } as const, { end: 'stop' } as const) },
);

type Step =
  | { readonly add: number }
  | { readonly waitMs: number }
  | { readonly end: 'kill' | 'stop' };

/** One spool, the same sinks, and agents that follow each other. */
class Lives {
  readonly clock = new VirtualClock();
  readonly sinks: readonly MoodySink[];
  readonly accepted: string[] = [];
  count = 1;
  rig: LaneRig;
  readonly #options: LaneRigOptions;

  constructor(plans: readonly Plan[], seed: number) {
    const { clock } = this;
    this.sinks = plans.map((each, i) => new MoodySink(`s${i}`, clock, each));
    const file = new MemorySpoolFile({ clock });
    this.#options = { clock, file, seed, times: { attemptMs: 1_000 } };
    this.rig = new LaneRig(this.sinks, this.#options);
  }

  async take(step: Step): Promise<void> {
    if ('waitMs' in step) return await this.clock.advance(step.waitMs);
    if ('end' in step) return await this.#end(step.end);
    const keys = this.rig.add(step.add, `R${this.accepted.length}`);
    this.rig.spool.flush();
    this.accepted.push(...keys);
  }

  /** A killed agent closes nothing; what it had in hand may still arrive. */
  async #end(how: 'kill' | 'stop'): Promise<void> {
    if (how === 'stop') await this.rig.close();
    else {
      const closing = Promise.all(this.rig.lanes.map((lane) => lane.close(0)));
      await this.clock.advance(20_000);
      await closing;
    }
    this.count += 1;
    this.rig = new LaneRig(this.sinks, this.#options);
  }
}

describe('delivery lanes', () => {
  it('bring every accepted alert to every sink, or its number, whatever the sinks do and whenever the agent ends', async () => {
    const steps = fc.array(step, { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(steps, plans, fc.nat(), async (chosen, planned, seed) => {
        const lives = new Lives(planned, seed);
        for (const each of chosen) await lives.take(each);
        await lives.clock.advance(1_200_000);
        for (const sink of lives.sinks) {
          checkSink(sink, lives.accepted, lives.rig.spool.count(sink.name));
          assert.equal(sink.closed, lives.count - 1);
        }
        await lives.rig.close();
        assert.equal(lives.clock.pending, 0, 'nothing is left running');
      }),
      { numRuns: 150 },
    );
  });

  it('never let one sink hold up another', async () => {
    await fc.assert(
      fc.asyncProperty(plans, fc.nat(), async (planned, seed) => {
        const clock = new VirtualClock();
        const good = { moods: [], batchSize: 100, batchDelayMs: 0, perMinute: undefined };
        const swift = new MoodySink('swift', clock, good);
        const others = planned.map((each, i) => new MoodySink(`s${i}`, clock, each));
        const rig = new LaneRig([...others, swift], { clock, seed });
        for (let round = 1; round <= 5; round += 1) {
          rig.add(7);
          await settle();
          assert.equal(swift.got.length, 7 * round);
          await clock.advance(100);
        }
        await rig.close();
      }),
      { numRuns: 40 },
    );
  });
});

function checkSink(sink: MoodySink, accepted: readonly string[], waiting: number): void {
  assert.equal(sink.overlapped, false, 'calls do not overlap');
  assert.equal(waiting, 0, `${sink.name} has had everything`);
  const got = new Set(sink.got.map(({ idempotencyKey }) => idempotencyKey));
  const missing = accepted.filter((key) => !got.has(key)).length;
  const notices = new Map(
    sink.got
      .filter(({ ruleID }) => ruleID === NOTICE_RULES.heldBack)
      .map((alert) => [alert.idempotencyKey, Number(alert.arguments['count'])]),
  );
  const told = [...notices.values()].reduce((sum, count) => sum + count, 0);
  assert.ok(missing === 0 || sink.alertsPerMinute !== undefined, `${missing} are missing`);
  assert.ok(told >= missing, `${missing} are missing, of which ${told} were told of`);
  const numbers = sink.got
    .filter(({ ruleID }) => ruleID !== NOTICE_RULES.heldBack)
    .map(({ idempotencyKey }) => accepted.indexOf(idempotencyKey));
  const firsts = [...new Set(numbers)];
  assert.deepEqual(
    firsts,
    [...firsts].sort((a, b) => a - b),
    'in order, duplicates left out',
  );
}
