import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Metrics } from '#metrics/metrics.js';
import { AgentError } from '#model/agent-error.js';
import type { RuleObject } from '#model/rule-objects.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { RuleKeeper } from './rule-keeper.ts';
import { registerRuleKeeperMetrics } from './rule-metrics.ts';
import type { PlacesReading } from './rule-places.ts';

type Rules = readonly string[];

/** Each object is one rule by its source's name; `bad…` does not compile, of `odd…` there is an alarm. */
function compile(objects: readonly RuleObject[]) {
  const names = objects.map(({ source }) => source);
  return {
    set: names.filter((name) => !name.startsWith('bad')),
    errors: names
      .filter((name) => name.startsWith('bad'))
      .map((name) => new AgentError('invalid', `${name}: rule R1: expression 1: line 2, column 7`)),
    alarms: names.filter((name) => name.startsWith('odd')).map((name) => `${name} is odd`),
  };
}

function reading(names: Rules, more: Partial<PlacesReading> = {}): PlacesReading {
  const objects = names.map((name) => ({ source: name, object: { kind: 'Rules' } }));
  return { objects, problems: [], warnings: [], isIncomplete: false, ...more };
}

/** Places that say what a test puts into them. */
class GivenPlaces {
  says: PlacesReading;
  readonly #hold: () => Promise<void>;
  change = () => {};

  constructor(says: PlacesReading, hold: () => Promise<void> = async () => {}) {
    this.says = says;
    this.#hold = hold;
  }

  async read(): Promise<PlacesReading> {
    await this.#hold();
    const said = this.says;
    await this.#hold();
    return said;
  }

  async watch({ signal, onChange }: { signal: AbortSignal; onChange: () => void }): Promise<void> {
    this.change = onChange;
    onChange();
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
}

async function open(first: PlacesReading, hold?: () => Promise<void>) {
  const clock = new VirtualClock(5_000);
  const health = new Health(() => clock.now());
  const places = new GivenPlaces(first, hold);
  const used: Rules[] = [];
  const ending = new AbortController();
  const keeper = await RuleKeeper.open<Rules>(
    {
      ...{ clock, health, places, compile },
      summarize: (ids) => ({ ids, unused: 0, bindings: 0 }),
      random: seededRandom(1),
      log: silentLogger,
    },
    ending.signal,
  );
  const running = keeper.run({ signal: ending.signal, onRules: (set) => used.push(set) });
  return {
    ...{ clock, keeper, used, places },
    condition: () => health.conditions().find(({ name }) => name === 'rules')?.message,
    say: async (next: PlacesReading) => {
      places.says = next;
      places.change();
      await clock.advance(200);
    },
    stop: async () => {
      ending.abort();
      await running;
      assert.equal(clock.pending, 0);
    },
  };
}

describe('the keeper of the rules', () => {
  it('uses what there is at the start without what is wrong, and says so', async () => {
    const rig = await open(reading(['a', 'bad1']));
    assert.deepEqual(rig.keeper.set, ['a']);
    assert.match(rig.condition() ?? '', /^1 rules or files were left out: bad1: .*column 7/);
    assert.deepEqual(rig.keeper.rules, { used: 1, unused: 0, leftOut: 1 });
    await rig.stop();
  });

  it('refuses to start when nothing is left', async () => {
    await assert.rejects(open(reading(['bad1'])), { code: 'invalid', message: /column 7/ });
    const missing = reading([], { warnings: ['x.yaml: no such file or folder'] });
    await assert.rejects(open(missing), { code: 'invalid', message: /no such file/ });
  });

  it('starts without rules where none are kept yet, and where nobody answers', async () => {
    for (const more of [{}, { warnings: ['away'], isIncomplete: true }]) {
      const rig = await open(reading([], more));
      assert.match(rig.condition() ?? '', /no rule is used: nothing alerts/);
      await rig.say(reading(['a']));
      assert.deepEqual([rig.used, rig.condition()], [[['a']], undefined]);
      await rig.stop();
    }
  });

  it('keeps the last good set while a new one is wrong, and says which column', async () => {
    const rig = await open(reading(['a']));
    await rig.say(reading(['a', 'b', 'bad1']));
    assert.deepEqual([rig.keeper.set, rig.used], [['a'], []]);
    assert.match(
      rig.condition() ?? '',
      /1 problems, the rules of before stay: bad1: .*line 2, column 7/,
    );
    await rig.say(reading(['a'], { problems: ['x.yaml:3: expected YAML'] }));
    assert.match(rig.condition() ?? '', /x\.yaml:3/);
    await rig.say(reading(['a', 'b']));
    assert.deepEqual(
      [rig.keeper.set, rig.used, rig.condition()],
      [['a', 'b'], [['a', 'b']], undefined],
    );
    assert.deepEqual(rig.keeper.counts, { loaded: 1, unchanged: 0, refused: 2 });
    await rig.stop();
  });

  it('says what is odd about the rules in use, the first three, and keeps saying it while new ones are wrong', async () => {
    const rig = await open(reading(['a', 'odd1']));
    assert.equal(rig.condition(), 'odd1 is odd');
    await rig.say(reading(['a', 'odd2', 'bad1']));
    assert.match(rig.condition() ?? '', /the rules of before stay: bad1.*; odd1 is odd$/);
    await rig.say(reading(['odd2', 'odd3', 'odd4', 'odd5']));
    assert.equal(rig.condition(), 'odd2 is odd; odd3 is odd; odd4 is odd');
    await rig.say(reading(['a']));
    assert.equal(rig.condition(), undefined);
    await rig.stop();
  });

  it('does nothing when the same is said again, however it was written', async () => {
    const rig = await open(reading(['a']));
    const written = (resourceVersion: string) => ({
      ...reading([]),
      objects: [{ source: 'a', object: { kind: 'Rules', metadata: { resourceVersion } } }],
    });
    await rig.say(written('1'));
    await rig.say(written('2'));
    assert.deepEqual(rig.used.length, 0);
    await rig.stop();
  });

  it('lets rules go whose file is gone, and says what is missing', async () => {
    const rig = await open(reading(['a', 'b']));
    await rig.say(reading(['a'], { warnings: ['b: no such file or folder'] }));
    assert.deepEqual(rig.keeper.set, ['a']);
    assert.match(rig.condition() ?? '', /b: no such file/);
    await rig.stop();
  });

  it('reads again by itself while a place does not answer', async () => {
    const rig = await open(reading(['a'], { isIncomplete: true, warnings: ['the store is away'] }));
    rig.places.says = reading(['b']);
    await rig.clock.advance(6_000);
    assert.deepEqual([rig.keeper.set, rig.condition()], [['b'], undefined]);
    await rig.stop();
  });

  it('goes on when the rules cannot be put to use, and tries again', async () => {
    const rig = await open(reading(['a']));
    const failing = rig.used.push;
    rig.used.push = () => {
      throw new Error('a mistake of ours');
    };
    await rig.say(reading(['b']));
    assert.match(rig.condition() ?? '', /a mistake of ours/);
    assert.deepEqual(rig.keeper.set, ['a']);
    rig.used.push = failing;
    await rig.clock.advance(10_000);
    assert.deepEqual([rig.keeper.set, rig.condition()], [['b'], undefined]);
    await rig.stop();
  });

  it('tells its numbers', async () => {
    const rig = await open(reading(['a', 'b', 'bad1']));
    const metrics = new Metrics();
    registerRuleKeeperMetrics(metrics, rig.keeper);
    const text = await metrics.render();
    for (const line of [
      'hullwatch_rules_loaded{state="used"} 2',
      'hullwatch_rules_loaded{state="left_out"} 1',
      'hullwatch_rules_reloads_total{result="refused"} 0',
      'hullwatch_rules_last_load_timestamp_seconds 5',
    ])
      assert.ok(text.includes(line), line);
    await rig.stop();
  });

  it('ends at the last good set, whenever things change and whatever fails meanwhile', () =>
    fc.assert(fc.asyncProperty(fc.scheduler(), fc.array(change, { maxLength: 8 }), endsAtTheLast), {
      numRuns: 40,
    }));
});

interface Change {
  readonly names: Rules;
  readonly isBroken: boolean;
  readonly pauseMs: number;
}

/** Every read waits twice for the scheduler, before and after it looks. */
async function endsAtTheLast(s: fc.Scheduler, changes: readonly Change[]): Promise<void> {
  let isScheduled = false;
  const rig = await open(reading(['first']), async () => {
    if (isScheduled) await s.schedule(Promise.resolve());
  });
  isScheduled = true;
  for (const { names, isBroken, pauseMs } of changes) {
    rig.places.says = reading(names, isBroken ? { problems: ['broken'] } : {});
    rig.places.change();
    await rig.clock.advance(pauseMs);
    if (s.count() > 0) await s.waitOne();
  }
  rig.places.says = reading(['last']);
  rig.places.change();
  for (let turn = 0; turn < 40; turn += 1) {
    await rig.clock.advance(150);
    while (s.count() > 0) await s.waitOne();
    await settle();
  }
  isScheduled = false;
  assert.deepEqual([rig.keeper.set, rig.used.at(-1)], [['last'], ['last']]);
  assert.equal(rig.condition(), undefined);
  assert.ok(rig.used.flat().every((name) => !name.startsWith('bad')));
  await rig.stop();
}

const change: fc.Arbitrary<Change> = fc.record({
  names: fc.array(fc.constantFrom('a', 'b', 'bad1'), { maxLength: 3 }),
  isBroken: fc.boolean(),
  pauseMs: fc.constantFrom(0, 50, 150),
});
