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
    effect: () => health.conditions().find(({ name }) => name === 'rules')?.effect,
    trouble: () => rules.trouble(),
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

  it('of which a binding binds none are a condition, until it binds one', async () => {
    const agent = await open({});
    const binding = (rules: readonly object[]) => ({
      ...{ apiVersion: 'kubescape.io/v1', kind: 'RuntimeRuleAlertBinding' },
      ...{ metadata: { namespace: '', name: 'all-rules' }, spec: { rules } },
    });
    try {
      assert.equal(agent.condition(), undefined);
      const wrong = binding([{ ruleID: 'R-0001' }, { ruleID: 'R-0002' }, { ruleID: 'R-0003' }]);
      await agent.objects.create('RuntimeRuleAlertBinding', wrong, { signal });
      await agent.until('the condition', () => agent.condition() !== undefined);
      const said = agent.condition() ?? '';
      assert.match(said, /^no rule that is used is bound, .*Kubernetes: .*all-rules/);
      assert.equal(said.match(/there is no such rule/g)?.length, 2, 'the first three hints');
      assert.equal(agent.effect(), 'degraded');
      await agent.objects.delete('RuntimeRuleAlertBinding', wrong.metadata, { signal });
      const right = binding([{ ruleID: 'R0001' }]);
      await agent.objects.create('RuntimeRuleAlertBinding', right, { signal });
      await agent.until('no condition', () => agent.condition() === undefined);
    } finally {
      await agent.stop();
    }
  });

  it('whose bindings ask for labels that nobody knows say which binding, and what would help', async () => {
    const agent = await open({ pods: 'runtime' });
    const binding = (name: string, label: string) => ({
      ...{
        apiVersion: 'kubescape.io/v1',
        kind: 'RuntimeRuleAlertBinding',
        metadata: { namespace: '', name },
      },
      spec: {
        namespaceSelector: { matchLabels: { [label]: 'red' } },
        rules: [{ ruleID: 'R0001' }],
      },
    });
    const bindings = () => agent.engine.rules.bindings.length;
    const bind = async (name: string, label: string) => {
      const before = bindings();
      await agent.objects.create('RuntimeRuleAlertBinding', binding(name, label), { signal });
      await agent.until('the binding', () => bindings() > before);
    };
    try {
      await bind('by-name', 'kubernetes.io/metadata.name');
      assert.equal(agent.trouble(), undefined);
      await bind('of-red', 'team');
      assert.match(agent.trouble() ?? '', /of-red\): the option pods must be api$/);
      await bind('of-redder', 'team');
      assert.match(agent.trouble() ?? '', /and 1 more\): the option pods must be api$/);
      for (const name of ['of-red', 'of-redder']) {
        await agent.objects.delete('RuntimeRuleAlertBinding', { namespace: '', name }, { signal });
      }
      await agent.until('no trouble', () => agent.trouble() === undefined);
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
