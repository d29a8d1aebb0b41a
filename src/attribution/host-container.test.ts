import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HOST_CGROUP_ID } from '#model/container.js';
import { hostContainer, isHostContainer } from './host-container.ts';
import { aContainer } from './testing/build-event.ts';

describe('what stands for the host', () => {
  it('has the cgroup that the sensor gives for the host’s processes', () => {
    const host = hostContainer({ nodeName: 'node-1', bootedAtMs: 5 });
    assert.deepEqual([host.id, host.cgroupId, host.pid], ['host', HOST_CGROUP_ID, 1]);
    assert.deepEqual([host.namespace, host.pod, host.preExisting], ['host', undefined, true]);
    assert.equal(host.startedAtMs, 5);
    assert.match(host.workloadName, /node-1/);
  });

  it('can be made for any name of a node', () => {
    for (const nodeName of ['', '???', 'A_b.C', 'x'.repeat(400)]) {
      assert.equal(hostContainer({ nodeName, bootedAtMs: 0 }).id, 'host');
    }
  });

  it('is no container that somebody called so', () => {
    assert.equal(isHostContainer(hostContainer({ nodeName: 'n', bootedAtMs: 0 })), true);
    assert.equal(isHostContainer(aContainer({ id: 'host' })), false);
    assert.equal(isHostContainer(aContainer({ id: 'host', cgroupId: 77 })), false);
    assert.equal(isHostContainer(aContainer({ cgroupId: HOST_CGROUP_ID })), false);
  });
});
