import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FakeDocker } from '#attribution/runtimes/testing/fake-docker.js';
import { configFrom } from './config.ts';
import { examine } from './doctor.ts';

const { signal } = new AbortController();

async function checked(flags: Readonly<Record<string, unknown>>) {
  const options = configFrom({
    flags: { runtimeSocket: '/nonexistent/s', ...flags },
    environment: {},
  });
  return examine(options, signal);
}

/** No sensor files: no program is shown to the kernel. */
const without = { runtime: 'docker', sensorFolder: '/nonexistent/sensor' };
const brief = async (flags: Readonly<Record<string, unknown>>) =>
  (await checked({ ...without, ...flags })).map(({ name, ok }) => [name, ok]);

describe('what hullwatch run needs', () => {
  it('is of the machine when our own sensor is asked for, or nothing is', async () => {
    const ours = (await brief({ source: ['ebpf', 'ig:-=exec'] })).map(([name]) => name);
    assert.deepEqual(ours.slice(0, 2), ['operating system', 'privileges']);
    assert.deepEqual(ours.slice(-2), ['source ig:-', 'docker']);
    const usual = (await brief({})).map(([name]) => name);
    assert.deepEqual([usual[0], usual.at(-1)], ['operating system', 'docker']);
  });

  it('is the file alone where others tell what happens', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hullwatch-doctor-'));
    const file = join(folder, 'events.log');
    await writeFile(file, '');
    const later = join(folder, 'later.log');
    const nowhere = join(folder, 'nowhere/events.log');
    assert.deepEqual(
      await brief({ source: [`ig:${file}=exec`, `tetragon:${later}=open`, 'ig:-=dns'] }),
      [
        [`source ig:${file}`, true],
        [`source tetragon:${later}`, 'unknown'],
        ['source ig:-', true],
        ['docker', false],
      ],
    );
    assert.deepEqual(await brief({ source: [`ig:${nowhere}`] }), [
      [`source ig:${nowhere}`, false],
      ['docker', false],
    ]);
    assert.deepEqual(await brief({ source: [`ig:${folder}`] }), [
      [`source ig:${folder}`, false],
      ['docker', false],
    ]);
    await rm(folder, { recursive: true });
  });

  it('is sources that can be read and go together', async () => {
    const [wrong] = await checked({ ...without, source: ['falco:/x'] });
    assert.deepEqual([wrong?.name, wrong?.ok], ['sources', false]);
    assert.match(wrong?.detail ?? '', /source falco:\/x: expected ebpf/);
    const clash = await checked({ ...without, source: ['ig:-=exec', 'tetragon:/dev/null=exec'] });
    assert.match(clash.find(({ name }) => name === 'sources')?.detail ?? '', /told by ig:-/);
  });

  it('is the container runtime that was asked for, at its socket', async () => {
    await using fake = await FakeDocker.start();
    const docker = { runtime: 'docker', runtimeSocket: fake.socketPath, source: ['ig:-'] };
    const found = (await checked(docker)).at(-1);
    assert.deepEqual([found?.name, found?.ok], ['docker', true]);
    const cri = (
      await checked({ runtime: 'cri', runtimeSocket: '/nonexistent/crio', source: ['ig:-'] })
    ).at(-1);
    assert.equal(cri?.detail, '/nonexistent/crio does not exist');
    const own = (await checked({ containerdSocket: '/nonexistent/c', source: ['ig:-'] })).at(-1);
    assert.deepEqual([own?.name, own?.detail], ['containerd', '/nonexistent/c does not exist']);
  });
});
