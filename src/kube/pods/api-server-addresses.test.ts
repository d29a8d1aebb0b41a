import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ApiServerAddresses } from './api-server-addresses.ts';

const { signal } = new AbortController();

describe('the addresses of the API server', () => {
  it('are taken from addresses and URLs, and known however they are written', () => {
    const addresses = new ApiServerAddresses();
    for (const place of ['10.96.0.1', 'https://192.0.2.7:6443', 'https://[fd00::1]:6443', '']) {
      addresses.add(place);
    }
    addresses.add('https://kubernetes.example:6443/prefix');
    for (const address of [
      '10.96.0.1',
      '192.0.2.7',
      'fd00::1',
      'fd00:0:0::0001',
      '::ffff:10.96.0.1',
    ])
      assert.ok(addresses.has(address), address);
    for (const address of ['10.96.0.10', '', 'kubernetes.example', '192.0.2.70'])
      assert.ok(!addresses.has(address), address);
  });

  it('are those of the service too, as soon as it can be asked for', async () => {
    const clock = new VirtualClock();
    const addresses = new ApiServerAddresses();
    let failures = 3;
    const client = {
      get: async () => {
        failures -= 1;
        if (failures >= 0) throw new AgentError('unavailable', 'it is away');
        return { spec: { clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1', 'fd00::2', 7] } };
      },
    };
    const parts = { client, clock, random: seededRandom(1), log: silentLogger, signal };
    const asked = addresses.ask(parts);
    await clock.advance(0);
    assert.ok(!addresses.has('10.0.0.1'));
    await clock.advance(10_000);
    await asked;
    assert.ok(addresses.has('10.0.0.1') && addresses.has('fd00::2'));
    assert.equal(clock.pending, 0);
  });
});
