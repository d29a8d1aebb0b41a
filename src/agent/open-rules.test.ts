import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import { engineWith } from '#rules/testing/engine-builder.js';
import { anExec } from '#rules/testing/subjects.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { configFrom } from './config.ts';
import { loadRules } from './load-rules.ts';
import { openRules } from './open-rules.ts';

const { signal } = new AbortController();

function aRule(id: string, expression: string) {
  return {
    ...{ id, name: `rule ${id}`, enabled: true, severity: 1, profileDependency: 2 },
    expressions: {
      message: "'seen'",
      uniqueId: "'x'",
      ruleExpression: [{ eventType: 'exec', expression }],
    },
  };
}

function manifest(...rules: readonly object[]) {
  return {
    apiVersion: 'kubescape.io/v1',
    kind: 'Rules',
    metadata: { name: 'mine', namespace: 'shop' },
    spec: { rules },
  };
}

/** An engine whose rules are followed on a virtual clock. */
async function open(flags: Readonly<Record<string, unknown>>) {
  const clock = new VirtualClock(1_000);
  const parts = { clock, random: seededRandom(1), log: silentLogger };
  const health = new Health(() => clock.now());
  const { objects } = new MemoryProfileStore(parts);
  const options = configFrom({ environment: {}, flags: { store: ':memory:', ...flags } });
  const rules = await openRules({ ...parts, health, objects, options, metrics: new Metrics() });
  const engine = engineWith(rules.set, { surroundings: rules.surroundings });
  const ending = new AbortController();
  const running = rules.run({ signal: ending.signal, onRules: (set) => engine.use(set) });
  return {
    ...{ objects, engine },
    condition: () => health.conditions().find(({ name }) => name === 'rules')?.message,
    found: () => engine.evaluate(anExec()).map(({ rule }) => rule.id),
    /** Lets time pass and files be told of until it holds. */
    until: async (what: string, holds: () => boolean) => {
      for (let turn = 0; turn < 60 && !holds(); turn += 1) {
        for (let pause = 0; pause < 1_000 && !holds(); pause += 1) await settle();
        await clock.advance(250);
      }
      assert.ok(holds(), what);
    },
    stop: async () => {
      ending.abort();
      await running;
      rules.close();
      assert.equal(clock.pending, 0);
    },
  };
}

describe('the rules of an agent', () => {
  it('are reloaded between two events; a broken edit changes nothing but the health', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hullwatch-open-rules-'));
    const write = (file: string, object: object) =>
      writeFileSync(join(folder, file), JSON.stringify(object));
    write('a.json', manifest(aRule('MINE1', "event.comm == 'x'")));
    const agent = await open({ rules: [folder] });
    try {
      assert.deepEqual(agent.found(), []);
      write('b.json', manifest(aRule('MINE2', 'true')));
      await agent.until('the new rule', () => agent.found().length > 0);
      assert.deepEqual(agent.found(), ['MINE2']);
      write('b.json', manifest(aRule('MINE2', "event.comm == 'x' &&& true")));
      await agent.until('the condition', () => agent.condition() !== undefined);
      assert.match(agent.condition() ?? '', /b\.json.*MINE2.*column \d+|b\.json.*MINE2.*1:\d+/);
      assert.deepEqual(agent.found(), ['MINE2']);
      write('b.json', manifest(aRule('MINE3', "event.comm != 'x'")));
      await agent.until('the mended rule', () => agent.found().includes('MINE3'));
      assert.deepEqual([agent.found(), agent.condition()], [['MINE3'], undefined]);
      rmSync(join(folder, 'b.json'));
      await agent.until('the rule that went', () => agent.found().length === 0);
    } finally {
      await agent.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it('are the default ones until the store holds some', async () => {
    const agent = await open({});
    try {
      assert.ok(agent.engine.rules.rules.length > 20);
      const own = manifest(aRule('MINE', 'true'));
      await agent.objects.create('Rules', own, { signal });
      await agent.until('the own rule', () => agent.found().includes('MINE'));
      assert.equal(agent.engine.rules.rules.length, 1);
      await agent.objects.delete('Rules', own.metadata, { signal });
      await agent.until('the default rules', () => agent.engine.rules.rules.length > 20);
    } finally {
      await agent.stop();
    }
  });

  it('are those that the option names, the last of one id, with the default ones by name', async () => {
    const agent = await open({ rules: ['default', 'store'] });
    try {
      const before = agent.engine.rules.rules.length;
      const own = manifest(aRule('R0001', 'true'), aRule('MINE', 'true'));
      await agent.objects.create('Rules', own, { signal });
      await agent.until('the own rule', () => agent.found().includes('MINE'));
      assert.ok(agent.found().includes('R0001'));
      assert.equal(agent.engine.rules.rules.length, before + 1);
    } finally {
      await agent.stop();
    }
  });

  it('that are not there are an error at the start', async () => {
    await assert.rejects(open({ rules: ['/nowhere/rules.yaml'] }), {
      code: 'invalid',
      message: '/nowhere/rules.yaml: no such file or folder',
    });
  });
});

describe('rules that are loaded once', () => {
  it('are the default ones, by that name too', async () => {
    const [none, named] = [await loadRules([]), await loadRules(['default'])];
    assert.deepEqual([none.problems, named.problems], [[], []]);
    assert.ok(none.rules.rules.length > 20);
    assert.equal(named.rules.rules.length, none.rules.rules.length);
  });

  it('cannot come from a store, nor from nowhere', async () => {
    await assert.rejects(loadRules(['store']), { code: 'invalid', message: /rules: store/ });
    await assert.rejects(loadRules(['/nowhere']), { code: 'invalid', message: /no such file/ });
  });
});
