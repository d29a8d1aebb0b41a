import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consolidator } from '#consolidation/consolidator.js';
import { Metrics } from '#metrics/metrics.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { registerConsolidationMetrics, registerStoreMetrics } from './metrics.ts';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { anApplicationProfile, aProfile, aReport } from './testing/sample-profiles.ts';

const { signal } = new AbortController();

describe('storage metrics', () => {
  it('count what is stored and what was merged', async () => {
    const clock = new VirtualClock();
    const random = seededRandom(1);
    const store = openSqliteProfileStore({ path: ':memory:', clock, random, log: silentLogger });
    const metrics = new Metrics();
    registerStoreMetrics(metrics, store);
    const observe = registerConsolidationMetrics(metrics, () => consolidator);
    const consolidator = new Consolidator({ store, clock, log: silentLogger, observe });
    await store.create('ContainerProfile', aProfile({ name: 'other' }), { signal });
    await store.create('ApplicationProfile', anApplicationProfile(), { signal });
    await store.create('ContainerProfile', aReport([0, 10]), { signal });
    assert.match(await metrics.render(), /storage_objects\{kind="ContainerProfile"\} 1\n/);
    assert.match(await metrics.render(), /storage_reports 1\n/);
    await consolidator.once();
    const text = await metrics.render();
    assert.match(text, /node_agent_storage_objects\{kind="ContainerProfile"\} 2\n/);
    assert.match(text, /node_agent_storage_objects\{kind="ApplicationProfile"\} 2\n/);
    assert.match(text, /node_agent_storage_objects\{kind="NetworkNeighborhood"\} 1\n/);
    assert.match(text, /node_agent_storage_reports 0\n/);
    assert.match(text, /node_agent_storage_consolidations_total\{result="updated"\} 1\n/);
    assert.match(text, /node_agent_storage_consolidations_total\{result="failed"\} 0\n/);
    assert.match(text, /consolidation_seconds_count\{result="updated"\} 1\n/);
    store.close();
  });

  it('leave out what a store holds that cannot be read, and render the others', async () => {
    const clock = new VirtualClock();
    const random = seededRandom(1);
    const store = openSqliteProfileStore({ path: ':memory:', clock, random, log: silentLogger });
    const metrics = new Metrics();
    registerStoreMetrics(metrics, store);
    metrics.gauged({ name: 'other', help: 'Another.' }, () => [{ value: 7 }]);
    store.close();
    const text = await metrics.render();
    assert.doesNotMatch(text, /^node_agent_storage_objects\{/m);
    assert.match(text, /^node_agent_storage_reports NaN$/im);
    assert.match(text, /^other 7$/m);
  });
});
