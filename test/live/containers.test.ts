import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { USER_MANAGED_PREFIX } from '../../src/model/annotations.ts';
import { PROFILE_API_VERSION } from '../../src/model/profile.ts';
import type { ContainerJson } from '../../src/web/container-json.ts';
import { AgentProcess, startAgent } from './harness/agent-process.ts';
import { type CommandResult, runCommand } from './harness/command.ts';
import { busyboxImage } from './harness/images.ts';
import { type Pod, runPod } from './harness/pods.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';
import { waitFor } from './harness/wait-for.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const PROGRAM = ['--conditions=source', join(REPOSITORY, 'src', 'cli', 'main.ts')];
const LOOP = 'while true; do /bin/sleep 0.2; /bin/cat /etc/passwd >/dev/null; done';
const LOCK = `const db = new (require('node:sqlite').DatabaseSync)(process.argv[1], { timeout: 5000 });
db.exec('BEGIN EXCLUSIVE');
console.log('locked');
process.stdin.on('end', () => db.exec('ROLLBACK')).resume();`;

type Fields = Readonly<Record<string, unknown>>;

describe('hullwatch containers and hullwatch store beside a running agent', {
  skip: liveRequirements([...CONTAINERD_NEEDS, 'ebpf', 'sensor']),
}, () => {
  let containerd: PrivateContainerd;
  let folder: string;
  let db: string;
  let agent: AgentProcess;
  let watching: AgentProcess | undefined;
  let locking: ChildProcess | undefined;
  /** Where the agent serves. */
  let http: string;
  let web: Pod;
  let late: Pod | undefined;
  let id: string;
  /** `<namespace>/<name>` of the overlay, and the file it is applied from. */
  let overlayName: string;
  let overlayFile: string;

  before(async () => {
    ensureSensor();
    folder = await mkdtemp(join(tmpdir(), 'hullwatch-containers-'));
    db = join(folder, 'profiles.db');
    overlayFile = join(folder, 'overlay.json');
    containerd = await startPrivateContainerd();
    await start('127.0.0.1:0');
  });

  after(async () => {
    locking?.kill('SIGKILL');
    await watching?.kill9();
    await agent?.kill9();
    await containerd.stop();
    await rm(folder, { recursive: true, force: true });
    assert.deepEqual(await containerd.leftovers(), []);
  });

  /** The long refresh interval makes sure that nothing that is seen here is a tick's doing. */
  async function start(address: string) {
    agent = startAgent([
      ...['--containerd-socket', containerd.socket, '--store', db, '--http', address],
      ...['--first-save', '1s', '--update-period', '1s', '--learning-period', '4s'],
      ...['--consolidation-interval', '1s', '--refresh-interval', '10m', '--cooldown', '0'],
    ]);
    await agent.waitForLog(/the sensor is ready/, 15_000);
    const serving = await agent.waitForLog(/"message":"serving HTTP"/, 5_000);
    http = address.startsWith('unix:')
      ? address
      : new URL(/"url":"([^"]+)"/.exec(serving)?.[1] ?? '').host;
  }

  const startPod = (name: string, hash: string) =>
    runPod(containerd, {
      name: `${name}-${hash}-x2x7k`,
      namespace: 'shop',
      uid: `0b6d5c1e-0000-4000-8000-0000000${hash.slice(0, 5)}`,
      labels: { app: name, 'pod-template-hash': hash },
      containers: [{ name, image: busyboxImage, command: ['/bin/sh', '-c', LOOP] }],
    });

  const hullwatch = (...args: readonly string[]): Promise<CommandResult> =>
    runCommand(process.execPath, [...PROGRAM, ...args]);

  /** What the command printed, which has to end well; printed here too, as evidence. */
  async function shown(...args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await hullwatch(...args);
    console.log(`$ hullwatch ${args.join(' ')}\n${stdout}${stderr}`);
    assert.equal(exitCode, 0, stderr);
    return stdout;
  }
  const containers = (...args: readonly string[]) => shown('containers', ...args, '--http', http);
  const store = (...args: readonly string[]) => shown('store', ...args, '--store', db);

  async function container(which: string): Promise<ContainerJson> {
    const asked = ['containers', which, '-o', 'json', '--http', http];
    const { exitCode, stdout, stderr } = await hullwatch(...asked);
    assert.equal(exitCode, 0, stderr);
    return JSON.parse(stdout);
  }
  const sourceOf = ({ sources }: ContainerJson, role: string) => {
    const source = sources.find((each) => each.role === role);
    assert.ok(source, `${role} in ${JSON.stringify(sources)}`);
    return source;
  };
  const isPresent = (of: string, presence: string) =>
    waitFor(
      `the overlay to be ${presence}`,
      async () => sourceOf(await container(of), 'managed-application').presence === presence,
      5_000,
    );
  const isCompleted = (of: string) =>
    waitFor('a finished profile', async () => (await container(of)).isEnforced, 20_000);

  /** Every state in which `hullwatch containers --watch` saw the container, one after the other. */
  function states(of: string): readonly string[] {
    const seen = (watching?.alerts ?? [])
      .filter(({ alert }) => alert['containerId'] === of)
      .map(({ alert }) => `${alert['state']} ${alert['status'] ?? '-'} ${alert['reason']}`);
    return seen.filter((each, index) => each !== seen[index - 1]);
  }

  const execOf = (alert: Fields) => (alert['arguments'] as Fields)['exec'];
  const alertsOn = (from: number, exec: string) =>
    agent.alerts
      .slice(from)
      .filter(({ alert }) => alert['ruleID'] === 'R0001' && execOf(alert) === exec);

  /** Runs a program in the container that its profile does not have. */
  async function expectAlert(command: readonly string[]) {
    const from = agent.alerts.length;
    await web.exec('web', command);
    await waitFor(
      `an alert on ${command[0]}`,
      () => alertsOn(from, command[0] ?? '').length > 0,
      5_000,
    );
    console.log(`alert on ${command.join(' ')}`);
  }

  /** The alert on a program that nothing allows shows that the alert before it would have come. */
  async function expectSilence(command: readonly string[]) {
    const from = agent.alerts.length;
    await web.exec('web', command);
    await expectAlert(['/bin/hostname']);
    assert.deepEqual(alertsOn(from, command[0] ?? ''), []);
    console.log(`no alert on ${command.join(' ')}`);
  }

  function writeOverlay(path: string) {
    const [namespace, name] = overlayName.split('/');
    const annotations = { 'kubescape.io/managed-by': 'User' };
    writeFileSync(
      overlayFile,
      JSON.stringify({
        apiVersion: PROFILE_API_VERSION,
        kind: 'ApplicationProfile',
        metadata: { namespace, name, annotations },
        spec: { containers: [{ name: 'web', execs: [{ path }] }] },
      }),
    );
  }

  it('shows a container from pending to its finished profile', async () => {
    watching = new AgentProcess(process.execPath, [
      ...PROGRAM,
      ...['containers', '--watch', '-o', 'json', '--http', http],
    ]);
    web = await startPod('web', '6d4f8b7c9d');
    id = web.containerIds.get('web') ?? '';
    const first = await containers();
    assert.match(first, new RegExp(`^${id.slice(0, 12)}  shop `, 'm'));
    await isCompleted(id);
    await waitFor(
      'the watch to show it',
      () => states(id).some((each) => each.startsWith('cached completed')),
      5_000,
    );
    console.log(`watch: ${states(id).join(' ▶ ')}`);
    // Each looks at moments of its own, on a machine that may be busy.
    assert.ok(states(id).includes('pending - no-profile') || first.includes(' pending '));
    const order = states(id).map((each) => each.split(' ').slice(0, 2).join(' '));
    assert.deepEqual(order.slice(-2), ['cached ready', 'cached completed']);
    const row = /shop +web-6d4f8b7c9d-x2x7k +web +cached +completed +complete +yes +learned /;
    assert.match(await containers(), row);
    assert.match(await containers('-o', 'wide'), /learned@\d+/);
    const { items } = JSON.parse(await containers('-o', 'json'));
    assert.deepEqual(items, [{ ...items[0], containerId: id, isEnforced: true }]);
    assert.match(await containers(id.slice(0, 8)), /Enforced: +yes\n(.*\n)*.*Presence: +absent/);
    overlayName = `shop/${sourceOf(await container(id), 'managed-application').name}`;
    assert.match(overlayName, new RegExp(`^shop/${USER_MANAGED_PREFIX}\\S+web-6d4f8b7c9d$`));
  });

  it('lets an applied overlay silence an alert, and says by what', async () => {
    await expectAlert(['/bin/uname', '-a']);
    const question = ['--explain', 'exec /bin/uname -a'];
    assert.match(await containers(id, ...question), /^not allowed/);
    writeOverlay('/bin/uname');
    assert.match(await store('apply', overlayFile), /created\n$/);
    const appliedMs = performance.now();
    await isPresent(id, 'present');
    console.log(`seen ${(performance.now() - appliedMs).toFixed(0)} ms after apply had ended`);
    assert.match(
      await containers(),
      /cached +completed +complete +yes +learned,managed-application/,
    );
    const explained = await containers(id, ...question);
    assert.match(
      explained,
      new RegExp(`^allowed by\n(.*\n)*.*managed-application .*${overlayName}`),
    );
    await expectSilence(['/bin/uname', '-a']);
    assert.match(await store('get'), /ApplicationProfile +shop +ug-.* User /);
  });

  it('lets the alert come again when the overlay is deleted', async () => {
    await store('delete', 'applicationprofiles', overlayName);
    await isPresent(id, 'absent');
    assert.match(await containers(id, '--explain', 'exec /bin/uname -a'), /^not allowed/);
    await expectAlert(['/bin/uname', '-a']);
    assert.match(await containers(), /cached +completed +complete +yes +learned /);
  });

  it('keeps the profiles while the store cannot be written, says so, and goes on afterwards', async () => {
    let slowestMs = 0;
    const health = async () => {
      const askedMs = performance.now();
      const response = await fetch(`http://${http}/healthz`);
      const text = await response.text();
      slowestMs = Math.max(slowestMs, performance.now() - askedMs);
      return { status: response.status, text };
    };
    assert.equal((await health()).status, 200);
    locking = spawn(process.execPath, ['-e', LOCK, db], { stdio: ['pipe', 'pipe', 'inherit'] });
    assert.ok(locking.stdout && locking.stdin);
    await once(locking.stdout, 'data');
    const lockedMs = performance.now();
    late = await startPod('late', '79bd84f6c5');
    const lateId = late.containerIds.get('late') ?? '';
    const told = await waitFor(
      'the health to say so',
      async () => {
        const { status, text } = await health();
        return status === 503 ? text : undefined;
      },
      15_000,
    );
    console.log(`healthz, ${(performance.now() - lockedMs).toFixed(0)} ms locked: ${told}`);
    console.log(`its slowest answer took ${slowestMs.toFixed(0)} ms`);
    assert.match(told, /"name": "store-write",\s+"message": "profile store .* is busy/);
    const refused = await hullwatch('store', 'apply', overlayFile, '--store', db);
    console.log(refused.stderr);
    assert.deepEqual([refused.exitCode, refused.stdout], [1, '']);
    const table = await containers();
    assert.match(
      table,
      new RegExp(`^${id.slice(0, 12)} .* cached +completed +complete +yes `, 'm'),
    );
    assert.match(table, new RegExp(`^${lateId.slice(0, 12)} .* pending .* no-profile$`, 'm'));
    await expectAlert(['/bin/uname', '-a']);
    locking.stdin.end();
    await once(locking, 'exit');
    console.log(`locked for ${(performance.now() - lockedMs).toFixed(0)} ms`);
    await isCompleted(lateId);
    await waitFor('the health to be good', async () => (await health()).status === 200, 5_000);
    writeOverlay('/bin/uname');
    await store('apply', overlayFile);
    await isPresent(id, 'present');
    await expectSilence(['/bin/uname', '-a']);
    await containers();
  });

  it('shows a removed container as leaving, then gone', async () => {
    const gone = late?.containerIds.get('late') ?? '';
    await late?.remove();
    await waitFor(
      'the watch to show it',
      () => states(gone).some((each) => each.startsWith('leaving')),
      5_000,
    );
    assert.match(await containers(), new RegExp(`^${gone.slice(0, 12)} .* leaving `, 'm'));
    await waitFor(
      'it to be gone',
      () => states(gone).some((each) => each.startsWith('gone')),
      15_000,
    );
    console.log(`watch: ${states(gone).join(' ▶ ')}`);
    assert.ok(!(await containers()).includes(gone.slice(0, 12)));
    const { exitCode, stderr } = await hullwatch('containers', gone, '--http', http);
    assert.equal(exitCode, 2, stderr);
  });

  it('is asked over a unix socket too, and has its profiles back after a restart', async () => {
    assert.equal((await agent.stop()).exitCode, 0);
    const { exitCode, stderr } = await hullwatch('containers', '--http', http);
    assert.equal(exitCode, 1);
    console.log(stderr);
    await start(`unix:${join(folder, 'hullwatch.sock')}`);
    await isCompleted(id);
    await isPresent(id, 'present');
    const row = /cached +completed +complete +yes +learned,managed-application/;
    assert.match(await containers(), row);
    assert.match(await containers(id), /Pre-existing: +yes/);
    await expectSilence(['/bin/uname', '-a']);
    assert.equal((await agent.stop()).exitCode, 0);
  });
});
