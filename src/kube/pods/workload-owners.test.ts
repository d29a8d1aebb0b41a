import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { type NodePod, parseNodePod } from './node-pod.ts';
import { rawPod, uidOf, webPod } from './testing/sample-pod.ts';
import { ScriptedApi } from './testing/scripted-api.ts';
import { WorkloadOwners } from './workload-owners.ts';

const signal = new AbortController().signal;
const APPS = '/apis/apps/v1/namespaces/shop';
const BATCH = '/apis/batch/v1/namespaces/shop';

function started({ capacity = 100 } = {}) {
  const clock = new VirtualClock();
  const api = new ScriptedApi(clock);
  const parts = { api, clock, random: seededRandom(1), log: silentLogger, signal };
  const owners = new WorkloadOwners({ ...parts, capacity });
  return { clock, api, owners, top: (pod: NodePod) => owners.workloadOf(pod, { signal }) };
}

const web = parseNodePod(webPod());
const ownedBy = (...owner: readonly [string, string, string]) => parseNodePod(rawPod({ owner }));

function serveWeb(api: ScriptedApi): void {
  api.serve(`${APPS}/replicasets/web-5d`, { owner: ['apps/v1', 'Deployment', 'web'] });
  api.serve(`${APPS}/deployments/web`, {
    selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'a', operator: 'Exists' }] },
  });
}

describe('the top workload of a pod', () => {
  it('is the Deployment behind a ReplicaSet, with version and selector', async () => {
    const { api, top } = started();
    serveWeb(api);
    assert.deepEqual(await top(web), {
      kind: 'Deployment',
      name: 'web',
      uid: uidOf('web'),
      resourceVersion: '41',
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'a', operator: 'Exists' }],
    });
  });

  it('is the CronJob behind a Job', async () => {
    const { api, top } = started();
    const job = 'backup-29484000';
    api.serve(`${BATCH}/jobs/${job}`, { owner: ['batch/v1', 'CronJob', 'backup'] });
    api.serve(`${BATCH}/cronjobs/backup`);
    const { kind, name, uid } = await top(ownedBy('batch/v1', 'Job', job));
    assert.deepEqual([kind, name, uid], ['CronJob', 'backup', uidOf('backup')]);
  });

  it('is the owner itself where nothing stands above it', async () => {
    const { api, top } = started();
    const cases = [
      ['apps/v1', 'DaemonSet', `${APPS}/daemonsets`],
      ['apps/v1', 'StatefulSet', `${APPS}/statefulsets`],
      ['batch/v1', 'Job', `${BATCH}/jobs`],
      ['v1', 'ReplicationController', '/api/v1/namespaces/shop/replicationcontrollers'],
    ] as const;
    for (const [apiVersion, kind, path] of cases) {
      const selector = kind === 'ReplicationController' ? { a: 'b' } : { matchLabels: { a: 'b' } };
      const name = kind.toLowerCase();
      api.serve(`${path}/${name}`, { selector });
      const workload = await top(ownedBy(apiVersion, kind, name));
      assert.deepEqual([workload.kind, workload.matchLabels], [kind, { a: 'b' }]);
    }
  });

  it('is the last one of Kubernetes itself below a custom resource', async () => {
    const { api, top } = started();
    const owner = ['argoproj.io/v1alpha1', 'Rollout', 'web'] as const;
    api.serve(`${APPS}/replicasets/web-5d`, { owner });
    assert.equal((await top(web)).kind, 'ReplicaSet');
    assert.equal((await top(ownedBy(...owner))).kind, 'Pod');
    assert.equal((await top(ownedBy('other.io/v1', 'Deployment', 'web'))).kind, 'Pod');
  });

  it('is the pod itself when it is static or has no owner, without a question', async () => {
    const { api, top } = started();
    const self = { kind: 'Pod', name: 'web-5d-x2x7k', uid: 'u1', resourceVersion: '17' };
    assert.deepEqual(await top(ownedBy('v1', 'Node', 'n1')), self);
    assert.deepEqual(await top(parseNodePod(rawPod())), self);
    assert.deepEqual(api.asked, []);
  });
});

describe('asking for owners', () => {
  it('happens once for all who ask at a time, and not again for ten minutes', async () => {
    const { clock, api, owners, top } = started();
    serveWeb(api);
    api.delayMs = 10;
    const all = Promise.all([top(web), top(web), top(web)]);
    await clock.advance(20);
    assert.equal(new Set((await all).map(({ uid }) => uid)).size, 1);
    api.delayMs = 0;
    await clock.advance(9 * 60_000);
    await top(web);
    assert.equal(api.asked.length, 2);
    await clock.advance(2 * 60_000);
    await top(web);
    assert.equal(api.asked.length, 4);
    assert.deepEqual(owners.counts, { found: 4, absent: 0, failed: 0 });
    assert.equal(clock.pending, 0);
  });

  it('forgets the owner that was asked for the longest ago', async () => {
    const { api, owners, top } = started({ capacity: 2 });
    for (const name of ['a', 'b', 'c']) api.serve(`${APPS}/daemonsets/${name}`);
    const ask = (name: string) => top(ownedBy('apps/v1', 'DaemonSet', name));
    for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(name);
    assert.equal(owners.size, 2);
    assert.deepEqual(
      api.asked.map((path) => path.at(-1)),
      ['a', 'b', 'c', 'b'],
    );
  });

  it('goes by names where the owner is gone, and asks again after a minute', async () => {
    const { clock, api, owners, top } = started();
    assert.deepEqual(await top(web), { kind: 'Deployment', name: 'web' });
    const job = ownedBy('batch/v1', 'Job', 'backup-29484000');
    assert.deepEqual(await top(job), { kind: 'CronJob', name: 'backup' });
    const set = ownedBy('apps/v1', 'DaemonSet', 'ds');
    assert.deepEqual(await top(set), { kind: 'DaemonSet', name: 'ds', uid: uidOf('ds') });
    const bare = ownedBy('apps/v1', 'ReplicaSet', 'rs');
    assert.deepEqual(await top(bare), { kind: 'ReplicaSet', name: 'rs', uid: uidOf('rs') });
    await top(web);
    assert.equal(api.asked.length, 4);
    await clock.advance(60_000);
    serveWeb(api);
    assert.equal((await top(web)).uid, uidOf('web'));
    assert.equal(owners.counts.absent, 4);
  });

  it('does not take another object of the same name for the owner', async () => {
    const { api, top } = started();
    api.serve(`${APPS}/daemonsets/ds`, { uid: 'made-anew', selector: { matchLabels: { a: 'b' } } });
    const workload = await top(ownedBy('apps/v1', 'DaemonSet', 'ds'));
    assert.deepEqual(workload, { kind: 'DaemonSet', name: 'ds', uid: uidOf('ds') });
  });

  it('rests after a failure, longer each time, one kind by itself', async () => {
    const { clock, api, owners, top } = started();
    api.failure = new AgentError('unavailable', 'connection refused');
    for (let second = 0; second < 120; second += 1) {
      assert.deepEqual(await top(web), { kind: 'Deployment', name: 'web' });
      await clock.advance(1_000);
    }
    assert.ok(owners.counts.failed >= 5 && owners.counts.failed <= 12, `${owners.counts.failed}`);
    api.failure = undefined;
    api.serve(`${APPS}/daemonsets/ds`, { resourceVersion: '5' });
    assert.equal((await top(ownedBy('apps/v1', 'DaemonSet', 'ds'))).resourceVersion, '5');
    serveWeb(api);
    await clock.advance(30_000);
    assert.equal((await top(web)).uid, uidOf('web'));
  });

  it('rests for as long as the server asks', async () => {
    const { clock, api, top } = started();
    api.failure = new AgentError('unavailable', 'overload', { retryAfterMs: 7_000 });
    await top(web);
    await clock.advance(6_999);
    await top(web);
    assert.equal(api.asked.length, 1);
    await clock.advance(1);
    await top(web);
    assert.equal(api.asked.length, 2);
  });

  it('rests shortly again after it went well once', async () => {
    const { clock, api, top } = started();
    const set = (name: string) => ownedBy('apps/v1', 'DaemonSet', name);
    for (const name of ['a', 'b']) api.serve(`${APPS}/daemonsets/${name}`);
    const away = new AgentError('unavailable', 'connection refused');
    api.failure = away;
    for (let minute = 0; minute < 8; minute += 1) {
      await top(set('a'));
      await clock.advance(60_000);
    }
    api.failure = undefined;
    await top(set('a'));
    api.failure = away;
    await top(set('b'));
    api.failure = undefined;
    await clock.advance(500);
    assert.equal((await top(set('b'))).resourceVersion, '41');
  });

  it('gives up a call that hangs, and answers a caller at once who gives up before', async () => {
    const { clock, api, owners, top } = started();
    api.delayMs = 60_000;
    const stop = new AbortController();
    const early = owners.workloadOf(web, { signal: stop.signal });
    const late = top(web);
    stop.abort();
    assert.equal((await early).kind, 'Deployment');
    await clock.advance(5_000);
    assert.equal((await late).uid, undefined);
    assert.equal(owners.counts.failed, 1);
    assert.equal(clock.pending, 0);
  });
});
