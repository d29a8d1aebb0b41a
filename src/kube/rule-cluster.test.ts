import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import type { RuleKind } from '#model/rule-objects.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient } from './api-client.ts';
import { openAccess } from './cluster-access.ts';
import { ClusterRules } from './rule-cluster.ts';
import { FakeApiServer } from './testing/fake-api-server.ts';
import { until } from './testing/follower.ts';
import { ruleSourceContract } from './testing/rule-source-contract.ts';

const { signal } = new AbortController();
const COLLECTION = { Rules: 'rules', RuntimeRuleAlertBinding: 'runtimerulealertbindings' } as const;

async function openCluster() {
  const server = await FakeApiServer.listen();
  const clock = new VirtualClock();
  const client = new ApiClient({ access: openAccess(server.url), clock });
  const parts = { clock, random: seededRandom(1), log: silentLogger };
  return {
    ...{ server, clock, client },
    source: new ClusterRules({ ...parts, client }),
    close: async () => {
      client.close();
      await server.close();
    },
  };
}

function anObject(kind: RuleKind, name: string, spec: object) {
  const namespace = kind === 'Rules' ? { namespace: 'shop' } : {};
  return { apiVersion: 'kubescape.io/v1', kind, metadata: { name, ...namespace }, spec };
}

ruleSourceContract(
  'an API server',
  async () => {
    const { server, clock, source, close } = await openCluster();
    let isFollowed = false;
    return {
      source: {
        read: (options) => source.read(options),
        watch: async (options) => {
          isFollowed = true;
          await source.watch(options);
          isFollowed = false;
        },
      },
      put: async (kind, name, spec) => {
        const object = anObject(kind, name, spec);
        const there = server.objects.get(COLLECTION[kind], object.metadata);
        if (there) server.objects.update(COLLECTION[kind], object);
        else server.objects.create(COLLECTION[kind], object);
      },
      remove: async (kind, name) => {
        server.objects.delete(COLLECTION[kind], anObject(kind, name, {}).metadata);
      },
      settle: async () => {
        for (let turn = 0; turn < 100; turn += 1) await settle();
        if (isFollowed && server.watching < 2) {
          await clock.advance(31_000);
          await until(() => server.watching === 2, 'both watches');
        }
        for (let turn = 0; turn < 100; turn += 1) await settle();
      },
      interrupt: async () => server.dropWatches(),
      close,
    };
  },
  { runs: 8 },
);

describe('rules of an API server', () => {
  it('are none while it does not serve the kind, and found when it does', async () => {
    const { server, clock, source, close } = await openCluster();
    const notServed = {
      status: 404,
      body: { kind: 'Status', code: 404, message: 'page not found' },
    };
    // Of each kind the list, and the look whether it is served.
    server.fail('list', notServed, notServed, notServed, notServed);
    const ending = new AbortController();
    let calls = 0;
    const running = source.watch({ signal: ending.signal, onChange: () => (calls += 1) });
    await until(() => calls === 2, 'the empty lists');
    assert.deepEqual(await source.read({ signal }), { objects: [], problems: [], warnings: [] });
    assert.equal(source.trouble(), undefined);
    server.objects.create('rules', anObject('Rules', 'late', {}));
    await clock.advance(61_000);
    await until(() => server.watching === 2, 'the watches');
    const { objects } = await source.read({ signal });
    assert.deepEqual(
      objects.map((one) => one.source),
      ['Rules shop/late'],
    );
    assert.ok(calls > 2);
    ending.abort();
    await running;
    await close();
  });

  it('are used although bindings may not be read, which is a warning', async () => {
    const { server, clock, client, close } = await openCluster();
    server.objects.create('rules', anObject('Rules', 'mine', {}));
    const refuse = async (): Promise<never> => {
      throw new AgentError('unavailable', 'GET /apis: 403 is forbidden');
    };
    const half: Pick<ApiClient, 'exists' | 'list' | 'watch'> = {
      exists: refuse,
      list: (path, options) => (path.endsWith('/rules') ? client.list(path, options) : refuse()),
      watch: (path, options) => client.watch(path, options),
    };
    const parts = { clock, random: seededRandom(1), log: silentLogger, client: half };
    const { objects, warnings = [] } = await new ClusterRules(parts).read({ signal });
    assert.equal(objects.length, 1);
    assert.match(warnings.join(), /403/);
    await close();
  });

  it('are unavailable when nothing may be read, and the trouble is told while they are followed', async () => {
    const { server, source, close } = await openCluster();
    const refused = { status: 403, message: 'rules is forbidden' };
    server.fail('any', ...Array.from({ length: 8 }, () => refused));
    await assert.rejects(source.read({ signal }), {
      code: 'unavailable',
      message: /403.*forbidden/,
    });
    const ending = new AbortController();
    const running = source.watch({ signal: ending.signal, onChange() {} });
    await until(() => source.trouble() !== undefined, 'the trouble');
    assert.match(source.trouble() ?? '', /are not followed: .*403/);
    ending.abort();
    await running;
    await close();
  });
});
