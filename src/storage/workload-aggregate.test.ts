import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANNOTATION, LABEL } from '#model/annotations.js';
import type { ContainerType } from '#model/container.js';
import type { ContainerProfile } from '#model/profile.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { anApplicationProfile, aReport, stateOf } from './testing/sample-profiles.ts';

const { signal } = new AbortController();
const WORKLOAD = { namespace: 'shop', name: 'replicaset-web' };

/** The one report of a container of the ReplicaSet `web`. */
function reportOf(
  container: string,
  state: string,
  type: ContainerType = 'containers',
): ContainerProfile {
  const report = aReport([0, 10], { profile: `web-${container}`, series: container, state });
  const word = type === 'containers' ? 'container' : 'initContainer';
  return {
    ...report,
    metadata: {
      ...report.metadata,
      labels: { ...report.metadata.labels, [LABEL.containerName]: container },
      annotations: {
        ...report.metadata.annotations,
        [ANNOTATION.instanceId]: `apiVersion-apps/v1/namespace-shop/kind-ReplicaSet/name-web/${word}Name-${container}`,
        [ANNOTATION.wlid]: 'wlid://cluster-c/namespace-shop/deployment-web',
        [ANNOTATION.containerType]: type,
      },
    },
    spec: { syscalls: [`call-${container}`], egress: [], matchLabels: { app: 'web' } },
  };
}

const sources = () => ({ clock: new VirtualClock(1e12), random: seededRandom(1) });

for (const [name, open] of [
  ['MemoryProfileStore', () => new MemoryProfileStore(sources())],
  [
    'SqliteProfileStore',
    () => openSqliteProfileStore({ path: ':memory:', log: silentLogger, ...sources() }),
  ],
] as const) {
  describe(`the profiles of a workload in a ${name}`, () => {
    const setUp = () => {
      const store = open();
      const learn = async (...reports: readonly ContainerProfile[]) => {
        for (const report of reports) await store.create('ContainerProfile', report, { signal });
        for (const key of await store.pendingProfiles({ signal })) {
          await store.consolidateProfile(key, { signal });
        }
      };
      const application = () => store.get('ApplicationProfile', WORKLOAD, { signal });
      const network = () => store.get('NetworkNeighborhood', WORKLOAD, { signal });
      return { store, learn, application, network };
    };

    it('say together what its containers do, whatever order they were learned in', async () => {
      const reports = [
        reportOf('b', 'completed/complete'),
        reportOf('a', 'completed/complete'),
        reportOf('i', 'ready/complete', 'initContainers'),
      ];
      for (const order of [reports, reports.toReversed()]) {
        const { learn, application, network } = setUp();
        for (const report of order) await learn(report);
        const { metadata, spec } = (await application()) ?? {};
        assert.equal(stateOf({ metadata: metadata ?? WORKLOAD }), 'completed/complete');
        assert.deepEqual(
          spec?.containers?.map((each) => [each.name, each.syscalls]),
          [
            ['a', ['call-a']],
            ['b', ['call-b']],
          ],
        );
        assert.deepEqual(
          spec?.initContainers?.map((each) => each.name),
          ['i'],
        );
        assert.equal(metadata?.labels?.[LABEL.containerName], undefined);
        assert.equal(metadata?.labels?.[LABEL.kind], 'Deployment');
        const { annotations = {} } = metadata ?? {};
        assert.match(annotations[ANNOTATION.instanceId] ?? '', /kind-ReplicaSet\/name-web$/);
        assert.match(annotations[ANNOTATION.wlid] ?? '', /deployment-web$/);
        assert.deepEqual((await network())?.spec.matchLabels, { app: 'web' });
        assert.equal((await network())?.spec.containers?.length, 2);
      }
    });

    for (const [states, expected] of [
      [['ready/complete', 'completed/complete'], 'ready/complete'],
      [['completed/partial', 'completed/complete'], 'completed/partial'],
      [['ready/partial', 'ready/complete'], 'ready/partial'],
    ] as const) {
      it(`are ${expected} when the containers are ${states.join(' and ')}`, async () => {
        const { learn, application } = setUp();
        await learn(...states.map((state, at) => reportOf(`c${at}`, state)));
        assert.equal(stateOf(await application()), expected);
      });
    }

    it('go with the last of their members, and shrink before', async () => {
      const { store, learn, application, network } = setUp();
      await learn(reportOf('a', 'ready/complete'), reportOf('b', 'ready/complete'));
      const remove = (container: string) =>
        store.delete(
          'ContainerProfile',
          { namespace: 'shop', name: `web-${container}` },
          { signal },
        );
      await remove('a');
      assert.deepEqual(
        (await application())?.spec.containers?.map((each) => each.name),
        ['b'],
      );
      await remove('b');
      assert.deepEqual([await application(), await network()], [undefined, undefined]);
    });

    it('follow a member that somebody changed, and are not written when nothing changes', async () => {
      const { store, learn, application } = setUp();
      await learn(reportOf('a', 'ready/complete'));
      const before = await application();
      const key = { namespace: 'shop', name: 'web-a' };
      const member = await store.get('ContainerProfile', key, { signal });
      assert.ok(member);
      await store.update('ContainerProfile', member, { signal });
      assert.deepEqual(await application(), before);
      const changed = { ...member, spec: { ...member.spec, syscalls: ['open'] } };
      await store.update('ContainerProfile', changed, { signal });
      const after = await application();
      assert.deepEqual(after?.spec.containers?.[0]?.syscalls, ['open']);
      assert.equal(after?.metadata.uid, before?.metadata.uid);
    });

    it('never take the place of what a person wrote, nor of what one made of them', async () => {
      const { store, learn, application } = setUp();
      const mine = anApplicationProfile(WORKLOAD);
      const written = await store.create('ApplicationProfile', mine, { signal });
      await learn(reportOf('a', 'ready/complete'));
      assert.deepEqual(await application(), written);
      const network = await store.get('NetworkNeighborhood', WORKLOAD, { signal });
      assert.ok(network);
      const edited = { ...network, spec: { containers: [] } };
      await store.update('NetworkNeighborhood', edited, { signal });
      await learn(reportOf('b', 'ready/complete'));
      const kept = await store.get('NetworkNeighborhood', WORKLOAD, { signal });
      assert.deepEqual(kept?.spec, { containers: [] });
      for (const container of ['a', 'b']) {
        const key = { namespace: 'shop', name: `web-${container}` };
        await store.delete('ContainerProfile', key, { signal });
      }
      assert.deepEqual(await application(), written);
    });

    it('always carry a status, by which the profile cache tells them from what people write', async () => {
      const { learn, application, network } = setUp();
      await learn(reportOf('a', 'ready/partial'));
      for (const profile of [await application(), await network()]) {
        assert.ok(profile?.metadata.annotations?.[ANNOTATION.status]);
      }
    });
  });
}
