import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Metrics } from '#metrics/metrics.js';
import { registerProfileCacheMetrics } from './metrics.ts';
import { aContainer, anApplicationProfile, CacheWorld, learned } from './testing/cache-world.ts';

const PREFIX = /^node_agent_(containerprofile|user_profile)_.*/gm;

describe('profile cache metrics', () => {
  it('are published under the public names', async () => {
    const metrics = new Metrics();
    const world = new CacheWorld();
    registerProfileCacheMetrics(metrics, world.cache.statistics);
    world.start();
    world.store.put(learned('a-profile', '/bin/a'));
    world.store.put(anApplicationProfile('ug-a-workload', '/bin/ug', 'other'));
    await world.add(aContainer('a'), aContainer('b'), aContainer('c'));
    world.cache.getContainerProfile('a');
    world.cache.getContainerProfile('b');
    world.cache.getContainerProfile('b');
    const status = { name: 'web', containerId: 'c', state: 'terminated' } as const;
    world.publish('c', { uid: 'c-uid', containerStatuses: [status] });
    await world.ticks();
    const lines = (await metrics.render()).match(PREFIX) ?? [];
    assert.deepEqual(
      lines.filter((line) => !line.includes('duration')),
      [
        'node_agent_containerprofile_cache_entries{kind="container"} 1',
        'node_agent_containerprofile_cache_entries{kind="pending"} 1',
        'node_agent_containerprofile_cache_entries{kind="total"} 3',
        'node_agent_containerprofile_cache_hit_total{result="hit"} 1',
        'node_agent_containerprofile_cache_hit_total{result="miss"} 2',
        'node_agent_containerprofile_reconciler_evictions_total{reason="pod_stopped"} 1',
        'node_agent_containerprofile_reconciler_evictions_total{reason="profile_deleted"} 0',
        'node_agent_user_profile_legacy_loads_total{kind="application",completeness="full"} 0',
        'node_agent_user_profile_legacy_loads_total{kind="application",completeness="partial"} 1',
        'node_agent_user_profile_legacy_loads_total{kind="network",completeness="full"} 0',
        'node_agent_user_profile_legacy_loads_total{kind="network",completeness="partial"} 0',
      ],
    );
    assert.deepEqual(
      lines.filter((line) => line.includes('duration_seconds_count')).toSorted(),
      ['evict', 'refresh', 'retry'].map(
        (phase) =>
          `node_agent_containerprofile_reconciler_duration_seconds_count{phase="${phase}"} 1`,
      ),
    );
    await world.stop();
  });

  it('tell what the cache asks of the store and what it holds', async () => {
    const metrics = new Metrics();
    const world = new CacheWorld();
    registerProfileCacheMetrics(metrics, world.cache.statistics);
    world.start();
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    await world.clock.advance(12_000);
    const text = await metrics.render();
    for (const line of [
      'hullwatch_profile_cache_store_calls_total{verb="get",kind="ContainerProfile",result="ok"} 1',
      'hullwatch_profile_cache_store_calls_total{verb="list",kind="NetworkNeighborhood",result="ok"} 1',
      'hullwatch_profile_cache_store_calls_total{verb="watch",kind="ApplicationProfile",result="ok"} 1',
      'hullwatch_profile_cache_lists_total{reason="first"} 3',
      'hullwatch_profile_cache_watch_age_seconds{kind="ContainerProfile"} 12',
      'hullwatch_profile_cache_tampered_total 0',
      'hullwatch_profile_cache_holdings{what="feeds"} 3',
      'hullwatch_profile_cache_holdings{what="objects"} 3',
      'hullwatch_profile_cache_holdings{what="compiled"} 1',
      'hullwatch_profile_cache_profile_entries{surface="execs",what="stored"} 1',
      'hullwatch_profile_cache_profile_entries{surface="execs",what="kept"} 1',
      'hullwatch_profile_cache_projection_seconds_count 1',
    ]) {
      assert.ok(text.includes(`${line}\n`), line);
    }
    assert.match(text, /^hullwatch_profile_cache_compiled_bytes [1-9]/m);
    await world.stop();
  });

  it('measure a refresh by the time the store took', async () => {
    const world = new CacheWorld();
    world.store.mode = 'no-feeds';
    world.start();
    const seen: [string, number][] = [];
    world.cache.counters.observePhase = (seconds, { phase }) => seen.push([phase, seconds]);
    world.store.put(learned('a-profile', '/bin/a'));
    await world.add(aContainer('a'));
    world.behave('ContainerProfile', 'a-profile', { delayMs: 1_500 });
    await world.ticks();
    await world.clock.advance(2_000);
    assert.deepEqual(seen, [
      ['evict', 0],
      ['retry', 0],
      ['refresh', 1.5],
    ]);
    await world.stop();
  });
});
