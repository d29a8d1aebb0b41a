import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { removeAbandoned } from './harness/abandoned.ts';
import { AgentProcess } from './harness/agent-process.ts';
import { type Container, runContainer, runContainerToEnd } from './harness/containers.ts';
import { actsImage, busyboxImage } from './harness/images.ts';
import { type Pod, runPod } from './harness/pods.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { waitFor } from './harness/wait-for.ts';

const SHORT_CONTAINERS = 60;

describe('private containerd', { skip: liveRequirements(CONTAINERD_NEEDS) }, () => {
  let containerd: PrivateContainerd;
  let worker: Container;
  let pod: Pod;

  before(async () => {
    containerd = await startPrivateContainerd();
  });

  after(async () => {
    await containerd.stop();
    assert.deepEqual(await containerd.leftovers(), []);
  });

  it('runs a container with its labels, its environment and a control group that bears its id', async () => {
    worker = await runContainer(containerd, {
      id: 'worker-1',
      image: actsImage,
      labels: { 'example.test/team': 'sea' },
      env: { COLOUR: 'blue' },
      command: ['/bin/sh', '-c', 'echo started; exec /usr/bin/acts sleep 3600'],
    });
    const info = JSON.parse(await containerd.mustCtr('default', ['containers', 'info', worker.id]));
    assert.equal(info.Labels['example.test/team'], 'sea');
    const environment = await worker.exec(['/bin/cat', '/proc/1/environ']);
    assert.match(environment.stdout, /COLOUR=blue/);
    const cgroups = await worker.exec(['/bin/cat', '/proc/1/cgroup']);
    assert.match(cgroups.stdout, new RegExp(`${containerd.cgroupParent}/default/worker-1$`, 'm'));
    const output = () => worker.output();
    assert.equal(await waitFor('what the container writes', output, 5_000), 'started\n');
  });

  it('gives output and exit code of a command in a container', async () => {
    const listing = await worker.exec(['/bin/ls', '/etc']);
    assert.deepEqual(listing.stdout.split('\n'), ['group', 'passwd', 'shadow', '']);
    assert.equal((await worker.exec(['/usr/bin/acts', 'exit', '7'])).exitCode, 7);
    const load = JSON.parse((await worker.exec(['/usr/bin/acts', 'open', '200', '20'])).stdout);
    assert.deepEqual([load.opens, load.files, load.failed], [200, 20, 0]);
  });

  it('runs a pod as a kubelet would, reachable from this machine', async () => {
    const uid = '0b6d5c1e-0000-4000-8000-000000000001';
    pod = await runPod(containerd, {
      name: 'shop-1',
      namespace: 'shop',
      uid,
      labels: { app: 'shop' },
      containers: [
        {
          name: 'web',
          image: busyboxImage,
          command: ['/bin/httpd', '-f', '-p', '80', '-h', '/etc'],
        },
        { name: 'idle', image: actsImage },
      ],
    });
    const [listed] = await containerd.cri.listPods();
    assert.deepEqual(listed?.metadata, { name: 'shop-1', namespace: 'shop', uid, attempt: 0 });
    const id = pod.containerIds.get('web') ?? '';
    const info = JSON.parse(await containerd.mustCtr('k8s.io', ['containers', 'info', id]));
    assert.equal(info.Labels['io.kubernetes.pod.name'], 'shop-1');
    assert.equal(info.Labels['io.kubernetes.pod.namespace'], 'shop');
    assert.equal(info.Labels['io.kubernetes.pod.uid'], uid);
    assert.equal(info.Labels['io.kubernetes.container.name'], 'web');
    const cgroups = await pod.exec('web', ['/bin/cat', '/proc/1/cgroup']);
    assert.match(cgroups.stdout, new RegExp(`/kubepods/besteffort/pod${uid}/${id}$`, 'm'));
    const fetchGroup = async () => (await fetch(`http://${pod.ip}/group`)).text();
    assert.match(await waitFor('the pod to answer', fetchGroup, 5_000), /^root:/);
  });

  it('keeps containers running while containerd is restarted or killed', async () => {
    const uptime = async (command: Pick<Container, 'exec'>) =>
      (await command.exec(['/bin/stat', '-c', '%Y', '/proc/1'])).stdout;
    const web = { exec: (command: readonly string[]) => pod.exec('web', command) };
    const before = [await uptime(worker), await uptime(web)];
    await containerd.restart();
    assert.equal(await worker.status(), 'RUNNING');
    assert.deepEqual([await uptime(worker), await uptime(web)], before);
    await containerd.kill9();
    assert.equal((await fetch(`http://${pod.ip}/group`)).status, 200);
    await containerd.start();
    assert.deepEqual([await uptime(worker), await uptime(web)], before);
  });

  it(`runs ${SHORT_CONTAINERS} containers that end at once and leaves nothing of them`, async () => {
    const earlier = await containerd.leftovers();
    const results = await Promise.all(
      [0, 1, 2].map(async (lane) => {
        const codes: number[] = [];
        for (let turn = 0; turn < SHORT_CONTAINERS / 3; turn += 1) {
          const id = `short-${lane}-${turn}`;
          const spec = { id, image: actsImage, command: ['/usr/bin/acts', 'exit', `${turn}`] };
          codes.push((await runContainerToEnd(containerd, spec)).exitCode);
        }
        return codes;
      }),
    );
    const expected = Array.from({ length: SHORT_CONTAINERS / 3 }, (_, turn) => turn);
    assert.deepEqual(results, [expected, expected, expected]);
    const isAsBefore = async () => {
      assert.deepEqual(new Set(await containerd.leftovers()), new Set(earlier));
      return true;
    };
    await waitFor('the short containers to be gone', isAsBefore, 10_000);
  });

  it('ends one container, and one pod, and nothing else', async () => {
    await worker.kill();
    const hasStopped = async () => (await worker.status()) === 'STOPPED';
    await waitFor('the killed container to stop', hasStopped, 5_000);
    await worker.remove();
    assert.equal(await worker.status(), undefined);
    await pod.stopContainer('web');
    await assert.rejects(pod.exec('web', ['/bin/true']), /not running|not found|exited/i);
    assert.equal((await pod.exec('idle', ['/bin/true'])).exitCode, 0);
    await pod.remove();
    assert.deepEqual(await containerd.cri.listPods(), []);
  });

  it('leaves nothing when it is stopped in the middle of work', async () => {
    await runPod(containerd, {
      name: 'left-behind',
      namespace: 'shop',
      uid: 'left-behind',
      containers: [{ name: 'idle', image: actsImage }],
    });
    const paused = await runContainer(containerd, { id: 'paused', image: actsImage });
    await containerd.mustCtr(paused.namespace, ['tasks', 'pause', paused.id]);
    await containerd.kill9();
    const left = await containerd.leftovers();
    for (const kind of ['process', 'mount', 'cgroup', 'link', 'file']) {
      assert.ok(
        left.some((item) => item.startsWith(`${kind} `)),
        `expected a ${kind} among ${left.join('\n')}`,
      );
    }
    await containerd.stop();
    assert.deepEqual(await containerd.leftovers(), []);
  });
});

describe('what a killed test left', { skip: liveRequirements(CONTAINERD_NEEDS) }, () => {
  it('is removed by the next one, while what is in use stays', async () => {
    const folder = await mkdtemp('/tmp/hwab-');
    const harness = join(import.meta.dirname, 'harness', 'private-containerd.ts');
    const program = `
      import { startPrivateContainerd } from ${JSON.stringify(harness)};
      const { paths } = await startPrivateContainerd({ folder: ${JSON.stringify(folder)} });
      console.log(JSON.stringify(paths));
      setInterval(() => {}, 60_000);
    `;
    const args = ['--conditions=source', '--input-type=module', '--eval', program];
    const test = new AgentProcess(process.execPath, args);
    try {
      const { alert: paths } = await test.waitForAlert(() => true, 20_000);
      assert.deepEqual(await removeAbandoned(join(folder, 'hwct-')), []);
      await test.kill9();
      assert.deepEqual(await removeAbandoned(join(folder, 'hwct-')), [paths['folder']]);
    } finally {
      await test.kill9();
      await removeAbandoned(join(folder, 'hwct-'));
      await rm(folder, { recursive: true });
    }
  });
});

describe('agent process', () => {
  const start = (program: string) => new AgentProcess(process.execPath, ['--eval', program]);

  it('gives alerts, log lines and the exit code, and ends with SIGINT', async () => {
    const agent = start(`
      process.on('SIGINT', () => { console.error('bye'); process.exitCode = 3; clearInterval(timer); });
      const timer = setInterval(() => {}, 60_000);
      console.error('ready');
      console.log('{"rule":"R1"}'); console.log('{"rule":"R2"}'); console.log('no object');
    `);
    await agent.waitForLog(/^ready$/, 10_000);
    const { alert } = await agent.waitForAlert((seen) => seen['rule'] === 'R2', 10_000);
    assert.deepEqual(alert, { rule: 'R2' });
    assert.deepEqual(await agent.stop(), { exitCode: 3, signal: null });
    assert.deepEqual(agent.log, ['ready', 'bye']);
    assert.deepEqual(agent.otherOutput, ['no object']);
    assert.equal(agent.alerts.length, 2);
  });

  it('says at once, with its last words, that it ended instead', async () => {
    const agent = start(`console.error('no such file'); process.exit(2)`);
    await assert.rejects(
      agent.waitForLog(/ready/, 60_000),
      /ended[\s\S]*"exitCode":2[\s\S]*no such file/,
    );
  });

  it('is killed without a word', async () => {
    const agent = start(`console.error('ready'); setInterval(() => {}, 60_000)`);
    await agent.waitForLog(/ready/, 10_000);
    assert.deepEqual(await agent.kill9(), { exitCode: null, signal: 'SIGKILL' });
  });
});

describe('waitFor', () => {
  it('takes a failed assertion for "not yet" and gives the value in the end', async () => {
    let asked = 0;
    const value = await waitFor(
      'the third time',
      () => {
        asked += 1;
        assert.ok(asked > 1);
        return asked > 2 ? 'there' : undefined;
      },
      5_000,
    );
    assert.equal(value, 'there');
  });

  it('says what it waited for and what it saw last', async () => {
    const never = () => {
      throw new Error('two of three are there');
    };
    await assert.rejects(waitFor('three', never, 30), /30 ms for three; last state: two of three/);
  });
});
