import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Follower, until } from '#kube/testing/follower.js';
import type { ContainerProfile } from '#model/profile.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiServer } from '#storage/api/api-server.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { aProfile } from '#storage/testing/sample-profiles.js';

const KIND = 'ContainerProfile';
const PATH = '/apis/spdx.softwarecomposition.kubescape.io/v1beta1/containerprofiles';
const { signal } = new AbortController();

describe('Reflector on our own store', () => {
  for (const streamingList of [false, true]) {
    it(`knows what the store has, over restarts; streaming list: ${streamingList}`, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'hullwatch-reflector-'));
      const clock = new VirtualClock();
      const random = seededRandom(1);
      const store = new MemoryProfileStore({ clock, random });
      const { objects } = store;
      const listen = () =>
        ApiServer.listen({
          address: `unix:${join(folder, 'socket')}`,
          objects,
          clock,
          random,
          log: silentLogger,
        });
      const put = (name: string): Promise<ContainerProfile> =>
        store.create(KIND, aProfile({ name }), { signal });
      let server = await listen();
      const follower = new Follower(server, { path: PATH, streamingList });
      const names = () => [...follower.replica.keys()].sort().join(' ');
      await put('a');
      follower.begin();
      await until(() => names() === 'a', 'the list');
      await put('b');
      await until(() => names() === 'a b', 'an addition');
      await store.delete(KIND, { namespace: 'shop', name: 'a' }, { signal });
      await until(() => names() === 'b', 'a deletion');
      const closing = server.close();
      await clock.advance(1_000);
      await closing;
      await put('c');
      server = await listen();
      for (let turn = 0; turn < 100 && names() !== 'b c'; turn += 1) {
        await follower.clock.advance(1_000);
        await clock.advance(100);
      }
      assert.equal(names(), 'b c');
      assert.equal(follower.reflector.counters.lists, 1, 'it resumed');
      await follower.stop();
      const end = server.close();
      await clock.advance(1_000);
      await end;
      await rm(folder, { recursive: true });
    });
  }
});
