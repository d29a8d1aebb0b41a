import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { ApiClient } from '#kube/api-client.js';
import { openAccess } from '#kube/cluster-access.js';
import { CrdProfileStore } from '#kube/crd-profile-store.js';
import { FakeApiServer } from '#kube/testing/fake-api-server.js';
import { until } from '#kube/testing/follower.js';
import type { LogFields } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { aReport, minuteMs } from '#storage/testing/sample-profiles.js';

const KIND = 'ContainerProfile';
const KEY = { namespace: 'shop', name: 'web' };
const WORKLOAD = { namespace: 'shop', name: 'replicaset-web' };
const AGGREGATES = ['applicationprofiles', 'networkneighborhoods'];
const { signal } = new AbortController();

async function open(t: TestContext) {
  const clock = new VirtualClock();
  const server = await FakeApiServer.listen();
  const client = new ApiClient({ access: openAccess(server.url), clock });
  const warnings: string[] = [];
  const warn = (message: string, fields?: LogFields) =>
    void warnings.push(`${message}: ${fields?.['error']}`);
  const log = { debug() {}, info() {}, warn, error() {} };
  const holding = { mayWrite: () => true };
  const store = new CrdProfileStore({
    ...{ client, clock, log },
    mayWrite: () => holding.mayWrite(),
  });
  const stop = new AbortController();
  const running: Promise<void>[] = [];
  t.after(async () => {
    stop.abort();
    await Promise.all(running);
    client.close();
    await server.close();
  });
  const follow = async () => {
    running.push(store.reports.follow({ signal: stop.signal, random: seededRandom(1) }));
    await until(() => server.watching > 0 && store.reports.state?.isSynced === true, 'the list');
  };
  const feed = (...reports: readonly ReturnType<typeof aReport>[]) =>
    Promise.all(reports.map((report) => store.create(KIND, report, { signal })));
  const pass = async (expiredBeforeMs?: number) => {
    const keys = await store.pendingProfiles({ signal, expiredBeforeMs });
    for (const key of keys) await store.consolidateProfile(key, { signal, expiredBeforeMs });
    return keys.map(({ name }) => name);
  };
  const opens = async () =>
    ((await store.get(KIND, KEY, { signal }))?.spec.opens ?? []).map(({ path }) => path);
  const asked = (from: number) =>
    server.requests.slice(from).map(({ verb, collection }) => `${verb} ${collection}`);
  return { clock, server, store, stop, warnings, holding, follow, feed, pass, opens, asked };
}

function opened(folder: string, count: number) {
  return Array.from({ length: count }, (_, at) => ({ path: `/${folder}/f${at}`, flags: ['O'] }));
}

function configuration(spec: object) {
  return { kind: 'CollapseConfiguration', metadata: { name: 'default' }, spec };
}

describe('collapse settings in CRD mode', () => {
  it('are those of the CollapseConfiguration, read once a pass, from the next pass on', async (t) => {
    const { server, feed, pass, opens, asked } = await open(t);
    await feed(aReport([0, 10], { spec: { opens: opened('srv', 5) } }));
    await feed(aReport([0, 10], { profile: 'db' }));
    const from = server.requests.length;
    await pass();
    assert.equal((await opens()).length, 5);
    assert.equal(asked(from).filter((call) => call === 'get collapseconfigurations').length, 1);
    server.objects.create('collapseconfigurations', configuration({ openDynamicThreshold: 3 }));
    await feed(aReport([10, 20], { spec: { opens: opened('srv', 6) } }));
    await pass();
    assert.deepEqual(await opens(), ['/srv/⋯']);
  });

  it('are the defaults when it cannot be used, which is said once a version', async (t) => {
    const { server, feed, pass, opens, warnings } = await open(t);
    const bad = server.objects.create(
      'collapseconfigurations',
      configuration({ openDynamicThreshold: 'many' }),
    );
    for (const at of [0, 10, 20]) {
      await feed(aReport([at, at + 10], { spec: { opens: opened('srv', 5) } }));
      await pass();
    }
    assert.equal((await opens()).length, 5);
    assert.equal(warnings.length, 1, String(warnings));
    assert.match(warnings[0] ?? '', /openDynamicThreshold/);
    server.objects.update('collapseconfigurations', { ...bad, spec: { execDynamicThreshold: [] } });
    await feed(aReport([30, 40]));
    await pass();
    assert.equal(warnings.length, 2);
  });

  it('hold nothing up when their kind is not served, and hold merging up when nobody knows', async (t) => {
    const { server, store, feed, pass, opens } = await open(t);
    await feed(aReport([0, 10]));
    server.fail('get', 'none', 'none', { status: 403 }, { status: 403 });
    await assert.rejects(store.consolidateProfile(KEY, { signal }), { code: 'unavailable' });
    assert.deepEqual(await opens(), []);
    const missing = { status: 404, body: { message: '404 page not found' } };
    server.clearFaults();
    server.fail('get', 'none', 'none', missing, missing);
    await pass();
    assert.equal((await opens()).length, 1);
  });
});

describe('profiles of workloads in CRD mode', () => {
  it('follow those of their containers', async (t) => {
    const { server, feed, pass } = await open(t);
    await feed(aReport([0, 10], { spec: { opens: opened('srv', 2) } }));
    await pass();
    const aggregate = () => server.objects.get('applicationprofiles', WORKLOAD);
    const opensOf = () => Object(aggregate()?.spec).containers?.[0]?.opens?.length;
    assert.equal(opensOf(), 2);
    assert.ok(server.objects.get('networkneighborhoods', WORKLOAD));
    await feed(aReport([10, 20], { spec: { opens: opened('srv', 4) } }));
    await pass();
    assert.equal(opensOf(), 4);
  });

  it('are left alone when a person wrote them, or changed what they say', async (t) => {
    const { server, feed, pass } = await open(t);
    const mine = { metadata: WORKLOAD, spec: { containers: [] } };
    server.objects.create('applicationprofiles', mine);
    await feed(aReport([0, 10]));
    await pass();
    assert.deepEqual(server.objects.get('applicationprofiles', WORKLOAD)?.spec, mine.spec);
    const ours = server.objects.get('networkneighborhoods', WORKLOAD);
    assert.ok(ours);
    const managedFields = [{ manager: 'kubectl-edit', fieldsV1: { 'f:spec': {} } }];
    const edited = { ...ours, metadata: { ...ours.metadata, managedFields }, spec: { mine: true } };
    server.objects.update('networkneighborhoods', edited);
    await feed(aReport([10, 20]));
    await pass();
    assert.deepEqual(server.objects.get('networkneighborhoods', WORKLOAD)?.spec, { mine: true });
  });

  it('are written by the next pass when this one ended before, and go with their last container', async (t) => {
    const { server, store, feed, pass, follow, holding } = await open(t);
    await feed(aReport([0, 10]));
    let writes = 0;
    holding.mayWrite = () => {
      writes += 1;
      return writes <= 1;
    };
    await assert.rejects(pass(), { code: 'aborted' });
    assert.equal(server.objects.get('applicationprofiles', WORKLOAD), undefined);
    holding.mayWrite = () => true;
    await follow();
    await pass();
    for (const kind of AGGREGATES) assert.ok(server.objects.get(kind, WORKLOAD), kind);
    await store.delete(KIND, KEY, { signal });
    await until(() => store.reports.counters.items === 0, 'the deletion');
    await pass();
    for (const kind of AGGREGATES) assert.equal(server.objects.get(kind, WORKLOAD), undefined);
  });
});

describe('the agent that merges', () => {
  it('asks for nothing while it follows reports and none waits', async (t) => {
    const { server, store, feed, pass, follow, asked, opens } = await open(t);
    await follow();
    await feed(aReport([0, 10]), aReport([0, 10], { profile: 'db' }));
    await until(() => store.reports.counters.items === 2, 'the reports');
    const from = server.requests.length;
    assert.deepEqual(await pass(), ['db', 'web']);
    assert.equal(asked(from).includes('list containerprofiles'), false);
    await until(() => store.reports.counters.events >= 6, 'its own writes');
    const quiet = server.requests.length;
    assert.deepEqual(await pass(), []);
    assert.deepEqual(asked(quiet), []);
    assert.deepEqual(await pass(minuteMs(60)), ['db', 'web'], 'runs to give up');
    assert.equal((await opens()).length, 1);
  });

  it('lists again while it cannot follow', async (t) => {
    const { server, store, feed, pass, follow, stop } = await open(t);
    await follow();
    server.dropWatches();
    await until(() => store.reports.state?.error !== undefined, 'the failure');
    await feed(aReport([0, 10]));
    assert.deepEqual(await pass(), ['web']);
    stop.abort();
    await until(() => store.reports.state === undefined, 'the end');
    await feed(aReport([10, 20]));
    assert.deepEqual(await pass(), ['web']);
  });

  it('writes nothing more from the moment when somebody else may', async (t) => {
    const { server, feed, pass, holding, asked, opens } = await open(t);
    await feed(aReport([0, 10]), aReport([10, 20]));
    for (const allowed of [0, 1, 2]) {
      let left = allowed;
      holding.mayWrite = () => {
        left -= 1;
        return left >= 0;
      };
      const from = server.requests.length;
      await assert.rejects(pass(), { code: 'aborted' });
      const writes = asked(from).filter((call) => !/^(get|list) /.test(call));
      assert.ok(writes.length <= allowed, `${allowed}: ${writes}`);
    }
    holding.mayWrite = () => true;
    await pass();
    assert.equal((await opens()).length, 2);
  });

  it('costs two calls for a report: whether the profile takes it, and the report', async (t) => {
    const { server, feed } = await open(t);
    for (const at of [0, 10, 20, 30, 40, 50]) await feed(aReport([at, at + 10]));
    assert.equal(server.requests.length, 12, 'docs/kubernetes.md says so');
  });
});
