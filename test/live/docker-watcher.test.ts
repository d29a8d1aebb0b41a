import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { WatchedContainerEvent } from '#attribution/container-runs.js';
import { ImageFiles } from '#attribution/runtimes/image-files.js';
import { openRuntimeWatcher } from '#attribution/runtimes/open-runtime-watcher.js';
import type { Container } from '#model/container.js';
import { systemClock } from '#runtime/clock.js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { mustRun, runCommand } from './harness/command.ts';
import { liveRequirements } from './harness/requirements.ts';
import { waitFor } from './harness/wait-for.ts';

const IMAGE = 'shop.test/box:1';

/** A Docker Engine of one's own: its data, state, socket and control groups are those of its folder. */
class PrivateDocker {
  readonly folder: string;
  readonly socket: string;
  readonly #parent: string;
  #process: ChildProcess | undefined;

  constructor(folder: string) {
    this.folder = folder;
    this.socket = join(folder, 'docker.sock');
    this.#parent = `/${folder.slice('/tmp/'.length)}`;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.folder, 'log'), 'a');
    const own = (name: string) => join(this.folder, name);
    const args = [
      ...['--data-root', own('data'), '--exec-root', own('exec'), '--pidfile', own('pid')],
      ...['-H', `unix://${this.socket}`, '--cgroup-parent', this.#parent, '--live-restore'],
      ...['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver', 'overlay2'],
    ];
    this.#process = spawn('dockerd', args, { stdio: ['ignore', log, log], detached: true });
    await waitFor('Docker to serve', () => this.docker('version'), 20_000);
  }

  /** Runs `docker` and gives its standard output. */
  async docker(...args: readonly string[]): Promise<string> {
    return (await mustRun('docker', ['-H', `unix://${this.socket}`, ...args])).trim();
  }

  /** Ends the process in order. Containers run on. */
  async terminate(): Promise<void> {
    const ending = this.#process;
    this.#process = undefined;
    if (ending === undefined) return;
    const hasEnded = () => ending.exitCode !== null || ending.signalCode !== null;
    ending.kill('SIGTERM');
    await waitFor('Docker to end', hasEnded, 20_000);
  }

  /** Ends and removes all that was made through it, whatever state it is in, and itself. */
  async stop(): Promise<void> {
    const ids = await this.docker('ps', '-aq').catch(() => '');
    if (ids !== '') await this.docker('rm', '-f', ...ids.split('\n')).catch(() => '');
    await this.terminate();
    for (const file of globSync(`/sys/fs/cgroup{,/*}${this.#parent}/*/cgroup.procs`)) {
      for (const pid of readFileSync(file, 'utf8').split('\n').filter(Boolean)) endAtOnce(pid);
    }
    for (const folder of globSync('/proc/[0-9]*')) {
      const pid = folder.slice('/proc/'.length);
      if (isOf(pid, this.folder)) endAtOnce(pid);
    }
    for (const mount of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
      const [, target = ''] = mount.split(' ');
      if (target.startsWith(`${this.folder}/`)) await runCommand('umount', ['-l', target]);
    }
    await waitFor('nothing of it to be left', () => this.#isCleared(), 10_000);
  }

  async #isCleared(): Promise<boolean> {
    for (const group of globSync(`/sys/fs/cgroup{,/*}${this.#parent}{/*/,}`)) rmdirSync(group);
    await rm(this.folder, { recursive: true, force: true });
    return true;
  }
}

/** A shim or a containerd of the Docker in this folder. */
function isOf(pid: string, folder: string): boolean {
  try {
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return /containerd/.test(program) && args.some((each) => each.startsWith(`${folder}/`));
  } catch {
    return false;
  }
}

function endAtOnce(pid: string): void {
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

describe('watching a real Docker', {
  skip: liveRequirements(['root', 'runc', 'busybox', 'docker']),
}, () => {
  const seen: WatchedContainerEvent[] = [];
  const health = new Health(() => systemClock.now());
  const stopping = new AbortController();
  let engine: PrivateDocker;
  let running: Promise<void> | undefined;

  before(async () => {
    engine = new PrivateDocker(await mkdtemp('/tmp/hwdk-'));
    await engine.start();
    const bin = join(engine.folder, 'image/bin');
    await mkdir(bin, { recursive: true });
    await copyFile('/bin/busybox', join(bin, 'busybox'));
    for (const name of ['sh', 'sleep', 'touch']) await symlink('busybox', join(bin, name));
    const archive = join(engine.folder, 'image.tar');
    await mustRun('tar', ['-C', join(engine.folder, 'image'), '-cf', archive, '.']);
    await engine.docker('import', archive, IMAGE);
  });

  after(async () => {
    stopping.abort();
    await running;
    await engine.stop();
  });

  const addedOf = (id: string) =>
    seen.flatMap((event) =>
      event.type === 'container-added' && event.container.id === id ? [event.container] : [],
    );
  const added = (id: string, nth = 0): Promise<Container> =>
    waitFor(`${id} to be added`, () => addedOf(id)[nth], 10_000);
  const removedOf = (id: string) =>
    seen.flatMap((event) =>
      event.type === 'container-removed' && event.containerId === id ? [event.exitCode] : [],
    );
  const removals = (id: string, count: number) =>
    waitFor(`${id} to end`, () => removedOf(id).length === count && removedOf(id), 10_000);
  const run = (...args: readonly string[]) =>
    engine.docker('run', '-d', '--network', 'none', ...args);

  it('finds what runs already, and what comes, by name and image', async () => {
    const old = await run('--name', 'stock', IMAGE, 'sleep', '3600');
    const watcher = openRuntimeWatcher({
      ...{ kind: 'docker', socketPath: engine.socket, clock: systemClock, random: systemRandom },
      ...{ log: silentLogger, health, agentStartMs: systemClock.now() },
    });
    running = watcher.run({ signal: stopping.signal, onEvent: (event) => seen.push(event) });
    assert.deepEqual([(await added(old)).preExisting, (await added(old)).name], [true, 'stock']);
    const young = await run('--label', 'a=b', IMAGE, 'sleep', '3600');
    const container = await added(young);
    assert.deepEqual([container.preExisting, container.instanceId.name], [false, 'box']);
    assert.deepEqual([container.labels, container.image], [{ a: 'b' }, IMAGE]);
    assert.match(container.imageDigest, /^sha256:[0-9a-f]{64}$/);
    assert.ok(container.cgroupId !== undefined && container.pid > 0);
    await engine.docker('rm', '-f', young);
    assert.deepEqual(await removals(young, 1), [137]);
  });

  it('tells each life of a container that is started again', async () => {
    const id = await run('--name', 'again', IMAGE, 'sleep', '3600');
    const first = await added(id);
    await engine.docker('restart', '-t', '0', id);
    const second = await added(id, 1);
    assert.ok(second.pid !== first.pid && second.startedAtMs > first.startedAtMs);
    assert.deepEqual(await removals(id, 1), [137]);
  });

  it('misses none of many short containers, nor their exit codes', async () => {
    for (let count = 0; count < 10; count += 1) {
      const id = await run('--name', `short-${count}`, IMAGE, 'sh', '-c', `exit ${count}`);
      assert.deepEqual(await removals(id, 1), [count]);
      assert.equal(addedOf(id).length, 1);
    }
  });

  it('goes on when Docker ends and comes again, and tells what it missed', async () => {
    const [stays, ends] = [
      await run('--name', 'stays', IMAGE, 'sleep', '3600'),
      await run('--name', 'ends', IMAGE, 'sleep', '3600'),
    ];
    await added(stays);
    const { pid } = await added(ends);
    await engine.terminate();
    await waitFor('the condition', () => health.conditions().length === 1, 10_000);
    process.kill(pid, 'SIGKILL');
    await engine.start();
    await removals(ends, 1);
    await waitFor('the condition to end', () => health.conditions().length === 0, 20_000);
    assert.deepEqual([addedOf(stays).length, removedOf(stays).length], [1, 0]);
  });

  it('knows the files of the image, and not those that were made since', async () => {
    const id = await run('--name', 'files', IMAGE, 'sh', '-c', 'touch /new; sleep 3600');
    const container = await added(id);
    const { signal } = stopping;
    const files = await new ImageFiles({ clock: systemClock }).of(container, { signal });
    assert.ok(files?.has('/bin/busybox') && files.has('/bin/sh'));
    assert.equal(files?.has('/new'), false);
  });
});
