import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { AlertQuestions, AskedEvent } from '#agent/alert-questions.js';
import { anAlert } from '#alerts/testing/alerts.js';
import type { Alert } from '#model/alert.js';
import type { RuleExplanation } from '#model/rule-decision.js';
import { HttpServer } from './http-server.ts';
import { ask } from './testing/ask.ts';
import { NO_ALERTS, observing } from './testing/observed-containers.ts';

const EXPLANATION: RuleExplanation = {
  ruleId: 'R0001',
  ruleName: 'Unexpected process launched',
  ruleSource: 'rules.yaml',
  why: 'nothing in the profile allows it',
  verdict: true,
  expressions: [],
  calls: [],
};

describe('the routes of alerts', () => {
  const asked: (string | AskedEvent)[] = [];
  const recent: Alert[] = [];
  const alerts: AlertQuestions = {
    ...NO_ALERTS,
    recent: () => recent,
    overlayFor: async () => ({ objects: [], remarks: ['nothing'] }),
    explainAlert: async (key) => {
      asked.push(key);
      return EXPLANATION;
    },
    explainEvent: async (event) => {
      asked.push(event);
      return [EXPLANATION, EXPLANATION];
    },
  };
  let server: HttpServer;
  before(async () => {
    server = await HttpServer.listen('127.0.0.1:0', observing(undefined, { alerts }));
  });
  after(() => server.close());

  const explain = (body: unknown, type = 'application/json') =>
    ask(server.url, '/api/v1/explain', {
      type,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const errorOf = ({ body }: { readonly body: string }) => JSON.parse(body).error as string;

  it('lists alerts, and says which one is not there', async () => {
    assert.deepEqual(JSON.parse((await ask(server.url, '/api/v1/alerts')).body), { items: [] });
    const missing = await ask(server.url, '/api/v1/alerts/abcd');
    assert.deepEqual([missing.status, errorOf(missing)], [404, 'there is no such alert']);
    const overlay = await ask(server.url, '/api/v1/alerts/abcd/overlay');
    assert.deepEqual(JSON.parse(overlay.body), { objects: [], remarks: ['nothing'] });
  });

  it('lists the last hundred, or as many as asked for', async () => {
    const listed = async (query: string) => {
      const { body } = await ask(server.url, `/api/v1/alerts${query}`);
      return (JSON.parse(body).items as { readonly idempotencyKey: string }[]).map(
        ({ idempotencyKey }) => idempotencyKey,
      );
    };
    recent.push(
      ...Array.from({ length: 500 }, (_, at) => anAlert({}, { idempotencyKey: `${at}` })),
    );
    assert.deepEqual([(await listed('')).length, (await listed(''))[99]], [100, '99']);
    assert.deepEqual(await listed('?limit=2'), ['0', '1']);
    assert.equal((await listed('?limit=500')).length, 500);
    for (const limit of ['0', '501', '-1', 'all', '', '1e2']) {
      const answer = await ask(server.url, `/api/v1/alerts?limit=${limit}`);
      assert.deepEqual(
        [answer.status, errorOf(answer)],
        [400, 'limit: expected a number from 1 to 500'],
      );
    }
    recent.length = 0;
  });

  it('explains an alert, and an event', async () => {
    asked.length = 0;
    const one = await explain({ alert: 'abcd' });
    assert.deepEqual(JSON.parse(one.body).items, [EXPLANATION]);
    const event = { type: 'exec', comm: 'sh' };
    const two = await explain({ event, container: 'c1', rule: 'R0001' }, 'application/json; x=y');
    assert.equal(JSON.parse(two.body).items.length, 2);
    assert.deepEqual(asked, ['abcd', { event, containerId: 'c1', ruleId: 'R0001' }]);
  });

  for (const [what, body, message] of [
    ['no JSON', '{', /expected JSON/],
    ['neither', {}, /expected \{"alert": KEY\}/],
    ['both', { alert: 'x', event: {}, container: 'c' }, /expected \{"alert": KEY\}/],
    ['an event of no container', { event: {} }, /expected \{"alert": KEY\}/],
    ['more than any question', `"${'x'.repeat(300_000)}"`, /at most 262144 bytes/],
  ] as const) {
    it(`answers 400 to ${what}`, async () => {
      const answer = await explain(body);
      assert.equal(answer.status, 400);
      assert.match(errorOf(answer), message);
    });
  }

  it('takes nothing that a page of a browser could send unasked', async () => {
    const answer = await explain({ alert: 'abcd' }, 'text/plain');
    assert.deepEqual(
      [answer.status, errorOf(answer)],
      [400, 'content-type: expected application/json'],
    );
  });

  it('is not explained by GET, and lists nothing by POST', async () => {
    const got = await ask(server.url, '/api/v1/explain');
    assert.deepEqual([got.status, got.headers['allow']], [405, 'POST']);
    assert.equal((await ask(server.url, '/api/v1/alerts', 'POST')).status, 405);
  });
});
