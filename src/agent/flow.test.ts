import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Alert } from '#model/alert.js';
import { type ApplicationProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { aContainer } from '#model/testing/sample-container.js';
import { compileRuleSet, type RuleSet, ruleSetOf } from '#rules/rule-set.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import { alertList } from './alert-output.ts';
import { configFrom } from './config.ts';
import { Flow } from './flow.ts';
import { memoryQueue } from './open-queue.ts';

const OVERLAY: ApplicationProfile = {
  apiVersion: PROFILE_API_VERSION,
  kind: 'ApplicationProfile',
  metadata: { name: 'ug-replicaset-web-5d', namespace: 'shop' },
  spec: { containers: [{ name: 'web', execs: [{ path: '/bin/evil' }] }] },
};

/** What an agent with these rules alerts on when an overlay is not as its author wrote it. */
async function alertsOnTampering(
  rules: RuleSet,
): Promise<{ readonly alerts: readonly Alert[]; readonly hasProfile: boolean }> {
  const clock = new VirtualClock(1_000);
  const random = seededRandom(1);
  const store = new MemoryProfileStore({ clock, random });
  const { sink, alerts } = alertList();
  const flow = new Flow({
    ...{ clock, random, store, log: silentLogger, rules, hostName: 'h', sinks: [sink] },
    queue: memoryQueue({ clock, log: silentLogger }),
    options: configFrom({ environment: {}, flags: {} }),
    verifier: { verify: async () => 'its signature is of another text' },
    onSaved: () => {},
    onCacheChange: () => {},
  });
  const ending = new AbortController();
  const { signal } = ending;
  const ran = flow.cache.run({ signal });
  await store.create('ApplicationProfile', OVERLAY, { signal });
  const container = aContainer();
  flow.acceptContainerEvent({ type: 'container-added', timeMs: clock.now(), container });
  await clock.advance(100);
  const hasProfile = flow.cache.getContainerProfile('c1') !== undefined;
  ending.abort();
  await ran;
  flow.drain();
  await flow.alerts.close();
  return { alerts, hasProfile };
}

/** A set in which one rule is not enabled. */
function setWithout(id: string): RuleSet {
  const expressions = {
    message: "''",
    uniqueId: "''",
    ruleExpression: [{ eventType: 'exec', expression: 'true' }],
  };
  const rule = { id, name: id, enabled: false, severity: 1, profileDependency: 2, expressions };
  const object = { apiVersion: 'kubescape.io/v1', kind: 'Rules', spec: { rules: [rule] } };
  return compileRuleSet({ objects: [{ source: 'test', object }], agentVersion: '1.0.0' }).set;
}

describe('Flow', () => {
  it('raises R1016 for a container whose overlay is not trusted, and judges without it', async () => {
    const { alerts, hasProfile } = await alertsOnTampering(ruleSetOf([]));
    assert.deepEqual(
      alerts.map(({ ruleID, containerID, namespace }) => [ruleID, containerID, namespace]),
      [['R1016', 'c1', 'shop']],
    );
    assert.match(
      alerts[0]?.message ?? '',
      /ug-replicaset-web-5d.*its signature is of another text/,
    );
    assert.equal(hasProfile, false);
  });

  it('raises no R1016 where a rule of that id is not enabled, and judges without the overlay', async () => {
    assert.deepEqual(await alertsOnTampering(setWithout('R1016')), {
      alerts: [],
      hasProfile: false,
    });
    assert.equal((await alertsOnTampering(setWithout('R1015'))).alerts.length, 1);
  });
});
