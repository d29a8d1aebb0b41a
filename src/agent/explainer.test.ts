import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { anExec } from '#rules/testing/subjects.js';
import { ExplainedAgent, learnedProfile, manifestOf } from './testing/explained-agent.ts';

const UNLEARNED = {
  id: 'T1',
  expression: '!cp.was_executed(event.containerId, event.exepath)',
  profileDataRequired: { execs: 'all' },
};
const RULES = manifestOf(UNLEARNED);
const LEARNED = learnedProfile({ execs: [{ path: '/bin/ls', args: ['ls'] }] });

describe('an alert that is explained', () => {
  const agents: ExplainedAgent[] = [];
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.end();
  });

  function agentWith(objects = [RULES], earlier?: ExplainedAgent): ExplainedAgent {
    const agent = new ExplainedAgent(objects, earlier);
    agents.push(agent);
    return agent;
  }

  /** An agent whose container has a learned profile and has just done something else. */
  async function alerted(objects = [RULES]) {
    const agent = agentWith(objects);
    await agent.stores(LEARNED);
    await agent.add();
    const [key = ''] = await agent.judge(anExec());
    return { agent, key, explain: (asked = key) => agent.questions.explainAlert(asked) };
  }

  it('tells what was asked, what the profile answered and what it holds instead', async () => {
    const { explain, key } = await alerted();
    const told = await explain();
    assert.deepEqual(
      [told.ruleId, told.suppressedBy, told.verdict, told.message],
      ['T1', undefined, true, 'seen'],
    );
    assert.match(
      told.why,
      /^the profile does not allow it; most like it is \/bin\/ls \(learned\)$/,
    );
    const [call] = told.calls;
    assert.deepEqual([call?.function, call?.answer], ['cp.was_executed', false]);
    assert.equal(call?.nearest?.object, 'ContainerProfile shop/replicaset-web-5d-web');
    assert.equal(told.profile?.status, 'completed');
    assert.equal(told.profile?.sources[0]?.role, 'learned');
    assert.equal(told.expressions[0]?.value, 'true');
    assert.equal((await explain(key.slice(0, 6))).ruleId, 'T1');
  });

  it('is judged by the profile as it was, even if that has changed since', async () => {
    const { agent, explain } = await alerted();
    const before = await explain();
    const allowing = learnedProfile({ execs: [{ path: '/bin/dash' }] });
    await agent.forgets();
    await agent.stores(allowing);
    const [now] = await agent.questions.explainEvent({
      event: { type: 'exec', exepath: '/bin/dash', comm: 'other' },
      containerId: 'c1',
    });
    assert.equal(now?.suppressedBy, 'expression');
    assert.match(now?.why ?? '', /^the profile allows it by \/bin\/dash/);
    const { why, ...rest } = await explain();
    const { why: whyBefore, ...restBefore } = before;
    assert.deepEqual(rest, restBefore);
    assert.equal(why, whyBefore);
  });

  it('is judged anew after a restart, and says so', async () => {
    const { agent, key } = await alerted();
    const next = agentWith([RULES], agent);
    await next.add();
    const told = await next.questions.explainAlert(key.slice(0, 8));
    assert.match(
      told.why,
      /^the profile does not allow it; .*; judged anew, by the rules and the profile/,
    );
    assert.equal(told.profile?.isEnforced, true);
    assert.equal(told.suppressedBy, undefined);
    assert.equal((await next.questions.alert(key)).idempotencyKey, key);
    assert.equal((await next.questions.overlayFor(key)).objects.length, 1);
  });

  it('is judged by what the store has once its container is gone', async () => {
    const { agent, key } = await alerted();
    const next = agentWith([RULES], agent);
    const told = await next.questions.explainAlert(key);
    assert.match(told.why, /most like it is \/bin\/ls/);
    assert.equal(told.profile?.status, 'completed');
    assert.deepEqual(
      told.profile?.sources.map(({ object }) => object),
      ['ContainerProfile shop/replicaset-web-5d-web'],
    );
    const { objects } = await next.questions.overlayFor(key);
    assert.equal(objects[0]?.metadata.name, 'ug-replicaset-web-5d');
  });

  it('would not be raised again when nothing is known of its profile any more', async () => {
    const { agent, key } = await alerted();
    await agent.forgets();
    const told = await agentWith([RULES], agent).questions.explainAlert(key);
    assert.equal(told.suppressedBy, 'profile');
    assert.match(
      told.why,
      /^it was raised because .*; now it would not be: the rule requires a profile/,
    );
    assert.match(told.why, /judged anew/);
  });

  it('leads from an alert that tells of repeats to the one they repeat', async () => {
    const { agent, key, explain } = await alerted();
    await agent.judge(anExec({ seq: 2 }));
    await agent.judge(anExec({ seq: 3 }));
    assert.match(
      (await explain()).why,
      /; 2 like it were held back in its window, which ends 2026-01-31T13:/,
    );
    await agent.clock.advance(3_700_000);
    const repeats = agent.alerts.at(-1);
    assert.equal(repeats?.arguments['repeats'], 2);
    assert.notEqual(repeats?.idempotencyKey, key);
    const told = await explain(repeats?.idempotencyKey);
    assert.match(told.why, new RegExp(`the alert asked for tells of 2 more like this one, ${key}`));
    assert.equal(told.calls.length, 1);
    const { objects } = await agent.questions.overlayFor(repeats?.idempotencyKey ?? '');
    assert.equal(objects.length, 1);
  });

  it('says that its rule is gone, disabled or another one now', async () => {
    const { agent, explain } = await alerted();
    agent.useRules(
      manifestOf({ ...UNLEARNED, expression: `event.exepath != '' && ${UNLEARNED.expression}` }),
    );
    await agent.clock.advance(60_000);
    assert.match((await explain()).why, /; the rule was changed since$/);
    agent.useRules(manifestOf({ ...UNLEARNED, enabled: false }, { id: 'T2', expression: 'true' }));
    const disabled = await explain();
    assert.equal(disabled.suppressedBy, 'disabled');
    assert.match(disabled.why, /now it would not be: the rule is disabled in rules\.yaml/);
    agent.useRules(manifestOf({ id: 'T2', expression: 'true' }));
    const gone = await explain();
    assert.match(gone.why, /; the rule is not there any more$/);
    assert.deepEqual(gone.calls, []);
  });

  it('shows no secret that stood in the arguments', async () => {
    const { agent } = await alerted([
      manifestOf({ ...UNLEARNED, message: "event.args.join(' ')" }),
    ]);
    const [key = ''] = await agent.judge(
      anExec({ args: ['mysql', '--password=hunter2'], comm: 'mysql' }),
    );
    const told = await agent.questions.explainAlert(key);
    assert.match(JSON.stringify(told), /--password=/);
    assert.doesNotMatch(JSON.stringify(told), /hunter2/);
  });

  it('wants a key that is long enough and fits one alert', async () => {
    const { agent, explain, key } = await alerted();
    await assert.rejects(explain('abc'), { code: 'invalid', message: /at least 4 characters/ });
    await assert.rejects(explain('zzzz'), {
      code: 'not-found',
      message: /there is no alert "zzzz"/,
    });
    await assert.rejects(agent.questions.overlayFor('z'.repeat(200)), { message: /"z{80}…"/ });
    const { memory } = { memory: agent.questions.recent() };
    assert.deepEqual(
      memory.map(({ idempotencyKey }) => idempotencyKey),
      [key],
    );
  });
});
