import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '#model/alert.js';
import { type ApplicationProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { aContainer } from '#model/testing/sample-container.js';
import { ruleSetOf } from '#rules/rule-set.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { configFrom } from './config.ts';
import { Flow } from './flow.ts';
import { memoryQueue } from './open-queue.ts';

const OVERLAY: ApplicationProfile = {
  apiVersion: PROFILE_API_VERSION,
  kind: 'ApplicationProfile',
  metadata: { name: 'ug-replicaset-web-5d', namespace: 'shop' },
  spec: { containers: [{ name: 'web', execs: [{ path: '/bin/evil' }] }] },
};

describe('Flow', () => {
  it('raises R1016 for a container whose overlay is not trusted, and judges without it', async () => {
    const clock = new VirtualClock(1_000);
    const random = seededRandom(1);
    const store = new MemoryProfileStore({ clock, random });
    const alerts: Alert[] = [];
    const sink = {
      name: 'test',
      batchSize: 1,
      deliver: async (batch: readonly Alert[]) => void alerts.push(...batch),
      close: async () => {},
    };
    const flow = new Flow({
      ...{ clock, random, store, log: silentLogger, rules: ruleSetOf([]), hostName: 'h' },
      queue: memoryQueue({ clock, log: silentLogger }),
      options: configFrom({ environment: {}, flags: {} }),
      sinks: [sink],
      verifier: { verify: async () => 'its signature is of another text' },
      onSaved: () => {},
      onCacheChange: () => {},
    });
    const ending = new AbortController();
    const { signal } = ending;
    const ran = flow.cache.run({ signal });
    await store.create('ApplicationProfile', OVERLAY, { signal });
    flow.acceptContainerEvent({
      type: 'container-added',
      timeMs: clock.now(),
      container: aContainer(),
    });
    await clock.advance(100);
    assert.deepEqual(
      alerts.map(({ ruleID, containerID, namespace }) => [ruleID, containerID, namespace]),
      [['R1016', 'c1', 'shop']],
    );
    assert.match(
      alerts[0]?.message ?? '',
      /ug-replicaset-web-5d.*its signature is of another text/,
    );
    assert.equal(flow.cache.getContainerProfile('c1'), undefined);
    ending.abort();
    await ran;
    flow.drain();
    await flow.alerts.close();
  });
});
