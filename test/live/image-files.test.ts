import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { withStoreFile } from '../../src/agent/store-file.ts';
import { checkStore } from '../../src/storage/store-maintenance.ts';
import { type AgentProcess, startAgent } from './harness/agent-process.ts';
import { runContainerToEnd } from './harness/containers.ts';
import { busyboxImage } from './harness/images.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';

/** Opens 80 files of the image and 80 of its own, when there was time to hear of it. */
const READER =
  'sleep 2; n=0; for f in /bin/*; do n=$((n+1)); [ $n -gt 80 ] && break; echo $n > /tmp/$n; read -r line < $f; done; true';

describe('the files of an image in a profile, on real containers', {
  skip: liveRequirements([...CONTAINERD_NEEDS, 'ebpf', 'sensor']),
}, () => {
  let containerd: PrivateContainerd;
  let folder: string;
  let agent: AgentProcess | undefined;

  before(async () => {
    ensureSensor();
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-image-files-'));
    containerd = await startPrivateContainerd();
  });

  after(async () => {
    await agent?.kill9();
    await containerd.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(await containerd.leftovers(), []);
  });

  /** What was learned of a container that was over long before the usual first report. */
  async function learnedOpens(id: string, ...options: readonly string[]) {
    const db = join(folder, `${id}.db`);
    agent = startAgent([
      ...['--containerd-socket', containerd.socket, '--store', db, '--http', 'off'],
      ...['--consolidation-interval', '1s', '--cooldown', '0', ...options],
    ]);
    await agent.waitForLog(/the sensor is ready/, 15_000);
    const command = ['/bin/sh', '-c', READER];
    await runContainerToEnd(containerd, { id, image: busyboxImage, command });
    await agent.waitForLog(new RegExp(`"containerId":"${id}".*"message":"report saved"`), 20_000);
    assert.equal((await agent.stop()).exitCode, 0);
    assert.deepEqual(checkStore(db), []);
    return withStoreFile(db, async (store) => {
      const { signal } = new AbortController();
      const { items } = await store.list('ContainerProfile', { signal });
      const key = items.find(({ name }) => name.includes(id));
      const profile = key && (await store.get('ContainerProfile', key, { signal }));
      return (profile?.spec.opens ?? []).map(({ path }) => path);
    });
  }

  const below = (opens: readonly string[], where: string) =>
    opens.filter((path) => path.startsWith(where));

  it('have entries of their own', async () => {
    const opens = await learnedOpens('listed-1');
    const programs = below(opens, '/bin/');
    console.log(`${opens.length} opens, ${programs.length} of them of programs of the image`);
    assert.ok(programs.length >= 80, opens.join(' '));
    assert.ok(!programs.includes('/bin/⋯'), opens.join(' '));
    assert.deepEqual(below(opens, '/tmp/'), ['/tmp/⋯']);
  });

  it('become patterns like all others when nobody is to list them', async () => {
    const opens = await learnedOpens('unlisted-1', '--image-files', 'off');
    assert.deepEqual(below(opens, '/bin/'), ['/bin/⋯']);
    assert.deepEqual(below(opens, '/tmp/'), ['/tmp/⋯']);
  });
});
