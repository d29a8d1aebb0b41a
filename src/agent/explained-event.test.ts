import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { ANNOTATION } from '#model/annotations.js';
import type { RuleExplanation } from '#model/rule-decision.js';
import { aContainer } from '#model/testing/sample-container.js';
import { anExec, anOpen } from '#rules/testing/subjects.js';
import { ExplainedAgent, learnedProfile, manifestOf } from './testing/explained-agent.ts';

const UNLEARNED = {
  id: 'T1',
  expression: '!cp.was_executed(event.containerId, event.exepath)',
  profileDataRequired: { execs: 'all' },
};
const RULES = manifestOf(UNLEARNED);
const LEARNED = learnedProfile({ execs: [{ path: '/bin/ls', args: ['ls'] }] });

describe('an event that is explained', () => {
  const agents: ExplainedAgent[] = [];
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.end();
  });

  async function agentFor(
    profile: typeof LEARNED | undefined,
    objects = [RULES],
    container = aContainer(),
  ) {
    const agent = new ExplainedAgent(objects);
    agents.push(agent);
    if (profile) await agent.stores(profile);
    await agent.add(container);
    const ask = async (event: object = {}, ruleId?: string) => {
      const described = { type: 'exec', exepath: '/bin/dash', comm: 'sh', ...event };
      const [told] = await agent.questions.explainEvent({
        event: described,
        containerId: 'c1',
        ruleId,
      });
      return told as RuleExplanation;
    };
    return { agent, ask };
  }

  it('would raise an alert when nothing stops it', async () => {
    const { ask } = await agentFor(LEARNED);
    const told = await ask();
    assert.deepEqual([told.suppressedBy, told.verdict], [undefined, true]);
  });

  it('is stopped for want of a profile, which is named', async () => {
    const { ask } = await agentFor(undefined);
    const told = await ask();
    assert.equal(told.suppressedBy, 'profile');
    assert.match(told.why, /there is no profile shop\/replicaset-web-5d-web yet/);
    assert.equal(told.verdict, true);
    assert.equal(told.profile, undefined);
  });

  it('is stopped while its profile is still being learned, and says how far that is', async () => {
    const { ask } = await agentFor(learnedProfile({}, { [ANNOTATION.status]: 'ready' }));
    const told = await ask();
    assert.equal(told.suppressedBy, 'profile');
    assert.match(told.why, /requires a profile that is final, and replicaset-web-5d-web is ready/);
    assert.deepEqual([told.profile?.status, told.profile?.isEnforced], ['ready', false]);
  });

  it('tells why a profile is partial', async () => {
    const because = {
      [ANNOTATION.completion]: 'partial',
      [ANNOTATION.partialBecause]: 'events were lost',
    };
    const { ask } = await agentFor(
      learnedProfile({}, because),
      [RULES],
      aContainer({ preExisting: true }),
    );
    assert.deepEqual((await ask()).profile?.partialBecause, ['events were lost']);
  });

  it('is stopped by the cooldown while like ones are held back', async () => {
    const { agent, ask } = await agentFor(LEARNED);
    await agent.judge(anExec());
    await agent.judge(anExec({ seq: 2 }));
    const told = await ask();
    assert.equal(told.suppressedBy, 'cooldown');
    assert.equal(
      told.why,
      'it would be held back as a repeat until 2026-01-31T13:01:02.000Z: 1 like it passed and 1 was held back so far',
    );
    assert.equal((await ask({ comm: 'other' })).suppressedBy, undefined);
  });

  it('is stopped at the entry that allows it, or at what is not true', async () => {
    const { ask } = await agentFor(LEARNED, [
      manifestOf(UNLEARNED, {
        id: 'T2',
        expression: "event.comm == 'evil' || event.exepath.startsWith('/dev/shm/')",
      }),
    ]);
    const allowed = await ask({ exepath: '/bin/ls' });
    assert.match(allowed.why, /^the profile allows it by \/bin\/ls/);
    assert.equal(allowed.calls[0]?.matched?.role, 'learned');
    assert.equal(
      (await ask({}, 'T2')).why,
      "event.comm == 'evil' is false, and event.exepath.startsWith('/dev/shm/') is false",
    );
  });

  it('is stopped by parameters, policies, contexts, bindings and versions of rules', async () => {
    const binding = {
      source: 'binding.yaml',
      object: {
        apiVersion: 'kubescape.io/v1',
        kind: 'RuntimeRuleAlertBinding',
        metadata: { name: 'b' },
        spec: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'other' } },
          rules: [{ ruleID: 'bound' }],
        },
      },
    };
    const everywhere = {
      source: 'all.yaml',
      object: {
        apiVersion: 'kubescape.io/v1',
        kind: 'RuntimeRuleAlertBinding',
        metadata: { name: 'a' },
        spec: { rules: ['prefix', 'policy', 'host', 'old', 'fails'].map((ruleID) => ({ ruleID })) },
      },
    };
    const rules = manifestOf(
      { id: 'prefix', expression: 'true', state: { ignorePrefixes: ['/bin'] } },
      { id: 'policy', expression: 'true', supportPolicy: true },
      { id: 'host', expression: 'true', tags: ['context:host'] },
      { id: 'bound', expression: 'true' },
      { id: 'old', expression: 'true', agentVersionRequirement: '>=99.0.0' },
      { id: 'fails', expression: 'event.args[5] == event.comm' },
    );
    const profile = learnedProfile({ rulePolicies: { policy: { processAllowed: ['sh'] } } });
    const { ask } = await agentFor(profile, [rules, binding, everywhere]);
    for (const [id, stage, why] of [
      ['prefix', 'prefilter', /parameters of the rule leave the event out/],
      ['policy', 'policy', /policy for the rule allows it to the container or to sh/],
      ['host', 'context', /the rule is for host, the container runs in kubernetes/],
      ['bound', 'binding', /no binding names the rule for this pod in namespace shop/],
      ['old', 'disabled', />=99\.0\.0, this is /],
      ['fails', 'expression', /an expression failed: /],
    ] as const) {
      const told = await ask({}, id);
      assert.equal(told.suppressedBy, stage, id);
      assert.match(told.why, why);
    }
    assert.equal(
      (await ask({ type: 'open', exepath: undefined }, 'prefix')).suppressedBy,
      'eventType',
    );
  });

  it('wants a type, fields and a container that there are, and a rule', async () => {
    const { agent, ask } = await agentFor(LEARNED);
    await assert.rejects(ask({ type: 'exe' }), {
      code: 'invalid',
      message: /event\.type: expected one of bpf/,
    });
    await assert.rejects(ask({ type: undefined }), { message: /; got nothing$/ });
    await assert.rejects(ask({ exepth: '/x' }), {
      code: 'invalid',
      message: /did you mean exepath/,
    });
    await assert.rejects(ask({}, 'R1'), { code: 'not-found', message: 'there is no rule R1' });
    const elsewhere = agent.questions.explainEvent({
      event: { type: 'exec' },
      containerId: 'nowhere',
    });
    await assert.rejects(elsewhere, { code: 'not-found' });
    assert.equal(
      (await agent.questions.explainEvent({ event: { type: 'dns' }, containerId: 'c1' })).length,
      0,
    );
    assert.deepEqual(await agent.judge(anOpen()), []);
  });
});
