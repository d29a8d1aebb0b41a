import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { FakeContainerd } from '../testing/fake-containerd.ts';
import { RUNTIMES } from './open-runtime-watcher.ts';
import { probeRuntime } from './runtime-probe.ts';
import { FakeCri } from './testing/fake-cri.ts';
import { FakeDocker } from './testing/fake-docker.ts';

const options = () => ({ clock: new VirtualClock(), signal: new AbortController().signal });
const DENIED = { code: status.PERMISSION_DENIED, details: 'permission denied' };

describe('probe of a container runtime', () => {
  it('tells name and version of a CRI runtime', async () => {
    await using fake = await FakeCri.start();
    const { socketPath } = fake;
    assert.deepEqual(await probeRuntime({ kind: 'cri', socketPath }, options()), {
      ...{ name: 'cri', ok: true, detail: `fake 1 at ${socketPath}` },
    });
  });

  it('tells version and API of Docker', async () => {
    await using fake = await FakeDocker.start();
    const { socketPath } = fake;
    assert.deepEqual(await probeRuntime({ kind: 'docker', socketPath }, options()), {
      ...{ name: 'docker', ok: true, detail: `Docker 20.10.24 (API 1.41) at ${socketPath}` },
    });
  });

  it('says what to do when there is no socket', async () => {
    for (const [kind, who] of [
      ['containerd', /^start containerd,/],
      ['cri', /^start the CRI runtime,/],
      ['docker', /^start Docker,/],
    ] as const) {
      const missing = await probeRuntime({ kind, socketPath: '/nonexistent/c.sock' }, options());
      assert.deepEqual(
        [missing.name, missing.ok, missing.detail],
        [kind, false, '/nonexistent/c.sock does not exist'],
      );
      assert.match(missing.fix ?? '', who);
      const noSocket = await probeRuntime({ kind, socketPath: '/dev/null' }, options());
      assert.deepEqual([noSocket.ok, noSocket.detail], [false, '/dev/null is no socket']);
    }
  });

  it('says what the runtime answered when it refuses', async () => {
    await using containerd = await FakeContainerd.start();
    containerd.before = () => {
      throw DENIED;
    };
    await using cri = await FakeCri.start();
    cri.before = () => {
      throw DENIED;
    };
    await using docker = await FakeDocker.start();
    docker.before = () => {
      throw { statusCode: 403, message: 'permission denied' };
    };
    for (const [kind, { socketPath }] of Object.entries({ containerd, cri, docker })) {
      const check = await probeRuntime({ kind: kindOf(kind), socketPath }, options());
      assert.equal(check.ok, false);
      assert.match(check.detail, /permission denied/, kind);
      assert.match(check.fix ?? '', /run as root/, kind);
    }
  });

  it('finds that another runtime listens there', async () => {
    await using docker = await FakeDocker.start();
    const { socketPath } = docker;
    docker.before = (path) => {
      if (path === '/version') throw { statusCode: 404, message: 'page not found' };
    };
    const check = await probeRuntime({ kind: 'docker', socketPath }, options());
    assert.equal(check.ok, false);
    assert.match(check.fix ?? '', /see that Docker runs and that this is its socket/);
  });

  it('ends when the runtime does not answer', async () => {
    await using containerd = await FakeContainerd.start();
    await using cri = await FakeCri.start();
    await using docker = await FakeDocker.start();
    for (const [kind, fake] of Object.entries({ containerd, cri, docker })) {
      const [asked, silent] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      fake.before = () => {
        asked.resolve();
        return silent.promise;
      };
      const { clock, signal } = options();
      const target = { kind: kindOf(kind), socketPath: fake.socketPath };
      const probing = probeRuntime(target, { clock, signal });
      await asked.promise;
      await clock.advance(5_000);
      assert.match((await probing).detail, /took longer than 5000 ms/, kind);
      silent.resolve();
    }
  });
});

function kindOf(name: string): (typeof RUNTIMES)[number] {
  const kind = RUNTIMES.find((known) => known === name);
  assert.ok(kind);
  return kind;
}
