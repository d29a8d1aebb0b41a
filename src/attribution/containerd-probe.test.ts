import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { probeContainerd } from './containerd-probe.ts';
import { FakeContainerd } from './testing/fake-containerd.ts';

const options = () => ({ clock: new VirtualClock(), signal: new AbortController().signal });

describe('probe of containerd', () => {
  it('tells version and namespaces', async () => {
    await using fake = await FakeContainerd.start();
    fake.put({ id: 'a' });
    fake.put({ id: 'b', namespace: 'default' });
    assert.deepEqual(await probeContainerd(fake.socketPath, options()), {
      name: 'containerd',
      ok: true,
      detail: `containerd 1.6 at ${fake.socketPath}, 2 namespaces (default, k8s.io)`,
    });
  });

  it('says what to do when there is no socket, or none of containerd', async () => {
    const missing = await probeContainerd('/nonexistent/c.sock', options());
    assert.deepEqual([missing.ok, missing.detail], [false, '/nonexistent/c.sock does not exist']);
    assert.match(missing.fix ?? '', /start containerd/);
    const noSocket = await probeContainerd('/dev/null', options());
    assert.deepEqual([noSocket.ok, noSocket.detail], [false, '/dev/null is no socket']);
  });

  it('says what containerd answered when it refuses', async () => {
    await using fake = await FakeContainerd.start();
    fake.before = () => {
      throw { code: status.PERMISSION_DENIED, details: 'permission denied' };
    };
    const check = await probeContainerd(fake.socketPath, options());
    assert.equal(check.ok, false);
    assert.match(check.detail, /permission denied/);
    assert.match(check.fix ?? '', /run as root/);
  });

  it('ends when containerd does not answer', async () => {
    await using fake = await FakeContainerd.start();
    const silent = Promise.withResolvers<void>();
    fake.before = () => silent.promise;
    const { clock, signal } = options();
    const probing = probeContainerd(fake.socketPath, { clock, signal });
    await fake.reached('Version/Version', 1);
    await clock.advance(5_000);
    const check = await probing;
    assert.match(check.detail, /took longer than 5000 ms/);
    silent.resolve();
  });
});
