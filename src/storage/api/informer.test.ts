import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  CustomObjectsApi,
  KubeConfig,
  type KubernetesListObject,
  type KubernetesObject,
  makeInformer,
} from '@kubernetes/client-node';
import { ALL_PROFILES, profile, ServedApi } from './testing/served-api.ts';

const GROUP = {
  group: 'spdx.softwarecomposition.kubescape.io',
  version: 'v1beta1',
  plural: 'containerprofiles',
};

describe('the public JavaScript client', () => {
  it('follows the store with an informer, and writes', async () => {
    const api = await ServedApi.start();
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'store', server: api.server.url, skipTLSVerify: true },
      { name: 'nobody' },
    );
    const client = config.makeApiClient(CustomObjectsApi);
    await api.create(profile('first'));
    const told: string[] = [];
    let wake = () => {};
    const informer = makeInformer(config, ALL_PROFILES, async () => {
      const list = await client.listClusterCustomObject(GROUP);
      return list as KubernetesListObject<KubernetesObject>;
    });
    for (const event of ['add', 'update', 'delete'] as const) {
      informer.on(event, (object: KubernetesObject) => {
        told.push(`${event} ${object.metadata?.name}`);
        wake();
      });
    }
    const until = async (count: number) => {
      while (told.length < count) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return told;
    };
    await informer.start();
    await until(1);
    await client.createNamespacedCustomObject({
      ...GROUP,
      namespace: 'shop',
      body: profile('second'),
    });
    await until(2);
    await api.patch('first', { metadata: { labels: { seen: 'yes' } } });
    await until(3);
    await client.deleteNamespacedCustomObject({ ...GROUP, namespace: 'shop', name: 'second' });
    assert.deepEqual(await until(4), ['add first', 'add second', 'update first', 'delete second']);
    assert.equal(informer.get('first', 'shop')?.metadata?.labels?.['seen'], 'yes');
    await informer.stop();
    await api.stop();
  });
});
