// The sensor against the kernel of this machine, without a container runtime: a cgroup with a
// container's name and a process in it is all that the kernel side asks for.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import type { RawEvent, RawRecord } from '#model/raw-event.js';
import { isRawEvent } from '#model/raw-event.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { EbpfSensor } from '#sensor/ebpf-sensor.js';
import { FrameDecoder } from '#sensor/frame-decoder.js';
import type { SensorFiles } from '#sensor/sensor-files.js';
import { compileActs, findLiveMachine, TestCgroups } from '#sensor/testing/live-machine.js';

const WAIT_MS = 10_000;
const CONTAINER_ID = 'c0ffee'.padEnd(64, '0');
const isRequired = process.env['HULLWATCH_LIVE'] === 'required';
const machine = findLiveMachine();
/** What these tests are about; every-event.test.ts is about all kinds. */
const TYPES: ReadonlySet<string> = new Set(['exec', 'open', 'fork', 'exit']);
const skip = isRequired ? false : (machine.skip ?? false);

/** A sensor at work that sets no repetition aside, and everything that it has told. */
class RunningSensor {
  readonly records: RawRecord[] = [];
  readonly #controller = new AbortController();
  readonly #run: Promise<void>;
  #wake = () => {};

  constructor(files: SensorFiles) {
    const sensor = new EbpfSensor({
      ...{ files, clock: systemClock, log: silentLogger },
      options: { dedupMs: 0 },
    });
    const onRecords = (batch: readonly RawRecord[]) => {
      this.records.push(...batch);
      this.#wake();
    };
    this.#run = sensor.run({ onRecords, signal: this.#controller.signal });
    // It is awaited in `end`; until then a failure must not end the test run.
    this.#run.catch(() => this.#wake());
  }

  /** Settles when a record was told that `isIt`; rejects when none is within 10 s. */
  async until(isIt: (record: RawRecord) => boolean): Promise<void> {
    const deadline = systemClock.monotonic() + WAIT_MS;
    for (let seen = 0; !this.records.slice(seen).some(isIt); ) {
      seen = this.records.length;
      const leftMs = deadline - systemClock.monotonic();
      assert.ok(leftMs > 0, `not told within ${WAIT_MS} ms: ${isIt}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (this.records.length > seen) this.#wake();
      });
    }
  }

  async untilExit(pid: number | undefined): Promise<void> {
    await this.until((record) => record.type === 'exit' && record.pid === pid);
  }

  /** Of every kind, in their order. */
  get all(): readonly RawEvent[] {
    return this.records.filter(isRawEvent).sort((a, b) => a.seq - b.seq);
  }

  /** Those that these tests are about, in their order. */
  get events(): readonly RawEvent[] {
    return this.all.filter(({ type }) => TYPES.has(type));
  }

  /** What one process did, in order. */
  eventsOf(pid: number | undefined): readonly RawEvent[] {
    return this.events.filter((event) => event.pid === pid);
  }

  async end(): Promise<void> {
    this.#controller.abort();
    await this.#run;
  }
}

describe('the live sensor', { skip }, () => {
  let folder = '';
  let acts = '';
  let files: SensorFiles;
  let cgroupRoot = '';
  let sensor: RunningSensor | undefined;
  const cgroups = new TestCgroups();
  const children = new Set<ChildProcess>();
  const base = `hullwatch-live-${process.pid}`;

  before(() => {
    if (machine.skip !== undefined) assert.fail(machine.skip);
    files = machine.files;
    cgroupRoot = machine.cgroupRoot;
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'hullwatch-live-')));
    acts = compileActs(folder);
  });

  afterEach(async () => {
    for (const child of children) {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    children.clear();
    await sensor?.end();
    sensor = undefined;
    cgroups.remove();
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  async function startSensor(): Promise<RunningSensor> {
    sensor = new RunningSensor(files);
    await sensor.until(({ type }) => type === 'ready');
    return sensor;
  }

  function start(...words: readonly string[]): ChildProcess {
    const child = spawn(acts, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    children.add(child);
    return child;
  }

  /** A process that joins the cgroup, goes its own way with mounts and executes `acts` once more. */
  function startInside(cgroup: string, ...words: readonly string[]): ChildProcess {
    return start('join', join(cgroup, 'cgroup.procs'), 'unshare', 'exec', acts, ...words);
  }

  /** The same, awaited: what that process did from the exec on. */
  async function playInside(...words: readonly string[]): Promise<readonly RawEvent[]> {
    const running = sensor ?? (await startSensor());
    const child = startInside(cgroups.make(cgroupRoot, base, CONTAINER_ID), ...words);
    await running.untilExit(child.pid);
    return running.eventsOf(child.pid).filter((event) => !event.setup);
  }

  /** Opens among events, as `path flags result`. */
  const opens = (events: readonly RawEvent[]) =>
    events.flatMap((event) =>
      event.type === 'open'
        ? [`${event.path} ${event.flags.toString(8)} ${event.result < 0 ? event.result : 'fd'}`]
        : [],
    );

  it('tells the cgroup first, then all of an exec', async () => {
    const running = await startSensor();
    const cgroup = cgroups.make(cgroupRoot, base, CONTAINER_ID);
    const child = startInside(cgroup, 'exit', '3');
    await running.untilExit(child.pid);
    const cgroupId = statSync(cgroup).ino;
    const ours = running.records.filter(
      (record) => 'cgroupId' in record && record.cgroupId === cgroupId,
    );
    const [group] = ours;
    assert.ok(group?.type === 'cgroup');
    assert.equal(group.name, CONTAINER_ID);
    assert.equal(group.parentName, base);
    const exec = ours.find((record) => record.type === 'exec');
    assert.ok(exec);
    const { seq, timeMs, mountNs, processStartMs, ...told } = exec;
    assert.deepEqual(told, {
      type: 'exec',
      cgroupId,
      pid: child.pid,
      tid: child.pid,
      ppid: process.pid,
      uid: 0,
      gid: 0,
      comm: 'acts',
      parentComm: readFileSync('/proc/self/comm', 'utf8').trim(),
      setup: false,
      args: [acts, 'exit', '3'],
      argsTruncated: false,
      file: acts,
      exePath: acts,
      cwd: process.cwd(),
      upperLayer: false,
      parentUpperLayer: false,
      tty: { major: 0, minor: 0 },
    });
    assert.ok(processStartMs !== undefined && timeMs - processStartMs < 5_000);
    assert.ok(processStartMs < timeMs);
    assert.ok(seq > 0);
    assert.ok(Math.abs(timeMs - systemClock.now()) < 5_000);
    assert.notEqual(mountNs, statSync('/proc/self/ns/mnt').ino);
    const exit = ours.at(-1);
    assert.ok(exit?.type === 'exit');
    assert.deepEqual([exit.exitCode, exit.signal], [3, 0]);
  });

  it('tells the path of an open as the kernel resolved it', async () => {
    const data = join(folder, 'data');
    mkdirSync(join(data, 'deep'), { recursive: true });
    writeFileSync(join(data, 'deep', 'file'), '');
    symlinkSync('deep/file', join(data, 'link'));
    const events = await playInside(
      ...['chdir', data, 'open', 'deep/file', 'open', 'deep/.././link', 'open', 'link'],
      ...['openat', join(data, 'deep'), 'file', 'openat2', 'deep/file'],
      ...['open-legacy', 'deep/file', 'creat', 'made', 'open', '/'],
      ...['open-by-handle', '.', 'deep/file'],
    );
    assert.deepEqual(opens(events), [
      `${data}/deep/file 0 fd`,
      `${data}/deep/file 0 fd`,
      `${data}/deep/file 0 fd`,
      `${data}/deep 10200000 fd`,
      `${data}/deep/file 0 fd`,
      `${data}/deep/file 400000 fd`,
      `${data}/deep/file 2000002 fd`,
      `${data}/made 1101 fd`,
      '/ 0 fd',
      `${data} 200000 fd`,
      `${data}/deep/file 4000 fd`,
    ]);
  });

  it('tells failed opens with minus the errno, and their path as far as it goes', async () => {
    const data = join(folder, 'data');
    mkdirSync(data, { recursive: true });
    if (!existsSync(join(data, 'dangling'))) symlinkSync('nowhere', join(data, 'dangling'));
    const events = await playInside(
      ...['chdir', data, 'open', 'absent', 'open', '../absent', 'open', '/etc//./absent'],
      ...['openat', data, 'sub/absent', 'openat2', 'dangling', 'open', ''],
    );
    assert.deepEqual(opens(events), [
      `${data}/absent 0 -2`,
      `${folder}/absent 0 -2`,
      '/etc/absent 0 -2',
      `${data} 10200000 fd`,
      `${data}/sub/absent 0 -2`,
      `${data}/dangling 400000 -40`,
      `${data} 0 -2`,
    ]);
  });

  it('tells a fork of a process and not of a thread', async () => {
    const events = await playInside('threads', 'fork', '0', 'exit', '0');
    const forks = events.filter((event) => event.type === 'fork');
    assert.equal(forks.length, 1);
    const [child] = sensor?.eventsOf(forks[0]?.childPid) ?? [];
    assert.ok(child?.type === 'exit');
    assert.equal(child.ppid, forks[0]?.pid);
  });

  it('tells how a process ended, once, whatever its threads do', async () => {
    const events = await playInside('fork', '5', 'fork', '-15', 'threads', 'exit', '7');
    const outcomes = (sensor?.events ?? [])
      .filter((event) => event.type === 'exit')
      .filter(({ pid, ppid }) => [pid, ppid].includes(events[0]?.pid ?? 0))
      .map(({ exitCode, signal }) => [exitCode, signal]);
    assert.deepEqual(outcomes, [
      [5, 0],
      [0, 15],
      [7, 0],
    ]);
  });

  it('tells the end of a process whose first thread ended before', async () => {
    const events = await playInside('leader-exits', '9');
    const exits = events.filter((event) => event.type === 'exit');
    assert.deepEqual(
      exits.map(({ pid, exitCode }) => [pid, exitCode]),
      [[events[0]?.pid, 9]],
    );
    assert.notEqual(exits[0]?.tid, exits[0]?.pid);
  });

  it('tells an exec by a thread under the process id, and no end', async () => {
    const events = await playInside('exec-in-thread', acts, 'exit', '1');
    assert.deepEqual(
      events.map(({ type, pid, tid }) => [type, pid === tid]),
      [
        ['exec', true],
        ['exec', true],
        ['exit', true],
      ],
    );
  });

  it('keeps 4 KB of arguments and says when there were more', async () => {
    const argsOf = async (...args: readonly string[]) => {
      const [exec] = await playInside('ignore-rest', ...args);
      assert.ok(exec?.type === 'exec');
      return exec;
    };
    const fixed = [acts, 'ignore-rest'];
    const room = 4_096 - fixed.join(' ').length - 2;
    const whole = await argsOf('x'.repeat(room));
    assert.deepEqual([whole.args, whole.argsTruncated], [[...fixed, 'x'.repeat(room)], false]);
    const cut = await argsOf('x'.repeat(room), 'y');
    assert.deepEqual([cut.args, cut.argsTruncated], [[...fixed, 'x'.repeat(room)], true]);
    const many = await argsOf(...Array<string>(3_000).fill('z'));
    assert.equal(`${many.args.join(' ')} `.length, 4_096);
    assert.equal(many.argsTruncated, true);
  });

  it('tells programs of the upper layer, and paths within a container’s own root', async () => {
    const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => {
      mkdirSync(join(folder, name), { recursive: true });
      return join(folder, name);
    }) as [string, string, string, string];
    writeFileSync(join(lower, 'image'), readFileSync(acts), { mode: 0o755 });
    writeFileSync(join(upper, 'dropped'), readFileSync(acts), { mode: 0o755 });
    const running = await startSensor();
    const cgroup = cgroups.make(cgroupRoot, base, CONTAINER_ID);
    const child = start(
      ...['join', join(cgroup, 'cgroup.procs'), 'unshare'],
      ...['overlay', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, merged],
      ...['chroot', merged, 'exec', '/image', 'fork', '0', 'exec', 'dropped', 'open', '/image'],
    );
    await running.untilExit(child.pid);
    const events = running.eventsOf(child.pid).filter((event) => !event.setup);
    const execs = events.flatMap((event) =>
      event.type === 'exec' ? [[event.file, event.exePath, event.cwd, event.upperLayer]] : [],
    );
    assert.deepEqual(execs, [
      ['/image', '/image', '/', false],
      ['dropped', '/dropped', '/', true],
    ]);
    assert.equal(opens(events)[0], '/image 0 fd');
  });

  it('tells programs that have no path by their name', async () => {
    const events = await playInside('exec-memfd', 'evil');
    const exec = events.findLast((event) => event.type === 'exec');
    assert.deepEqual([exec?.exePath, exec?.args], ['memfd:evil', ['evil']]);
  });

  it('marks what happens before the first exec as set-up', async () => {
    const running = await startSensor();
    const cgroup = cgroups.make(cgroupRoot, base, CONTAINER_ID);
    // An exec in the host's mount namespace, as runc does with a copy of itself, changes nothing.
    const child = start(
      ...['join', join(cgroup, 'cgroup.procs'), 'open', '/', 'exec', acts, 'open', '/'],
      ...['unshare', 'open', '/', 'fork', '0', 'exec', acts, 'open', '/', 'fork', '0'],
    );
    await running.untilExit(child.pid);
    const phases = running.eventsOf(child.pid).map(({ type, setup }) => `${type} ${setup}`);
    assert.deepEqual(phases, [
      'open true',
      'exec true',
      'open true',
      'open true',
      'fork true',
      'exec false',
      'open false',
      'fork false',
      'exit false',
    ]);
    const childExits = running.events.filter(
      (event) => event.type === 'exit' && event.ppid === child.pid,
    );
    assert.deepEqual(
      childExits.map(({ setup }) => setup),
      [true, false],
    );
  });

  it('marks a process that a process of the host puts into a running container', async () => {
    const running = await startSensor();
    const cgroup = cgroups.make(cgroupRoot, base, CONTAINER_ID);
    const child = start('wait', 'unshare', 'open', '/', 'exec', acts, 'open', '/');
    assert.ok(child.stdout && child.stdin);
    await once(child.stdout, 'data');
    writeFileSync(join(cgroup, 'cgroup.procs'), String(child.pid));
    child.stdin.end('\n');
    await running.untilExit(child.pid);
    assert.deepEqual(
      running.eventsOf(child.pid).map(({ type, setup }) => `${type} ${setup}`),
      ['open true', 'exec false', 'open false', 'exit false'],
    );
  });

  it('marks a process that is born into a container', async () => {
    const running = await startSensor();
    const cgroup = cgroups.make(cgroupRoot, base, CONTAINER_ID);
    const mark = join(folder, 'born');
    const child = start('clone-into', cgroup, mark);
    await running.until((record) => record.type === 'exit' && record.ppid === child.pid);
    const born = running.events.filter(({ ppid }) => ppid === child.pid);
    assert.deepEqual(
      born.map(({ type, setup }) => `${type} ${setup}`),
      ['open true', 'exit true'],
    );
    assert.deepEqual(running.eventsOf(child.pid), []);
  });

  it('does not let a container mark itself, and counts its sub-cgroups as itself', async () => {
    const inner = cgroups.make(cgroupRoot, base, CONTAINER_ID, 'd'.repeat(64));
    const events = await playInside(
      ...['join', join(inner, 'cgroup.procs'), 'open', '/proc', 'fork', '0'],
      // Nor one that got hold of the host's mount namespace.
      ...['setns', `/proc/${process.pid}/ns/mnt`, 'join', join(inner, '..', 'cgroup.procs')],
      ...['join', join(inner, 'cgroup.procs'), 'open', '/etc/hostname'],
    );
    const cgroupId = statSync(join(inner, '..')).ino;
    assert.ok(events.every((event) => event.cgroupId === cgroupId));
    assert.ok(opens(events).some((line) => line.startsWith('/proc 0')));
    assert.ok(opens(events).some((line) => line.startsWith('/etc/hostname 0')));
    assert.ok(
      sensor?.events.every(({ cgroupId: id, ppid, setup }) => {
        return id !== cgroupId || ppid !== events[0]?.pid || !setup;
      }),
    );
  });

  it('tells of freely named cgroups once the process has its own mounts', async () => {
    const running = await startSensor();
    const cgroup = cgroups.make(cgroupRoot, base, 'web-1');
    const join_ = ['join', join(cgroup, 'cgroup.procs')];
    const child = start(...join_, 'open', '/', 'unshare', 'open', '/', 'exec', acts, 'exit', '0');
    await running.untilExit(child.pid);
    assert.deepEqual(
      running.eventsOf(child.pid).map(({ type, setup }) => `${type} ${setup}`),
      ['open true', 'exec false', 'exit false'],
    );
    const record = running.records.find(
      (each) => each.type === 'cgroup' && each.cgroupId === statSync(cgroup).ino,
    );
    assert.ok(record?.type === 'cgroup');
    assert.deepEqual([record.name, record.parentName], ['web-1', base]);
  });

  it('knows the names of every runtime, and keeps those of the host out', async () => {
    const running = await startSensor();
    const names = [
      `cri-containerd-${CONTAINER_ID}.scope`,
      `crio-${CONTAINER_ID}`,
      `crio-${CONTAINER_ID}.scope`,
      `docker-${CONTAINER_ID}.scope`,
      `libpod-${CONTAINER_ID}.scope`,
    ];
    const hosts = [
      `libpod-conmon-${CONTAINER_ID}.scope`,
      `docker-${CONTAINER_ID.replace('c', 'x')}.scope`,
      'cron.service',
      'user.slice',
      'a.mount',
      'b.socket',
    ];
    const play = async (name: string, ...words: readonly string[]) => {
      const procs = join(cgroups.make(cgroupRoot, base, name), 'cgroup.procs');
      const child = start('join', procs, ...words, 'exec', acts, 'exit', '0');
      await once(child, 'exit');
      return child.pid;
    };
    const hostPids = [await play('free-name')];
    for (const name of hosts) hostPids.push(await play(name, 'unshare'));
    const pids = [];
    for (const name of names) pids.push(await play(name));
    for (const pid of pids) await running.untilExit(pid);
    for (const pid of hostPids) assert.deepEqual(running.eventsOf(pid), []);
    const told = running.records.flatMap((record) =>
      record.type === 'cgroup' && record.parentName === base ? [record.name] : [],
    );
    assert.deepEqual(told, names);
  });

  it('numbers events without a gap and accounts for each of them', async () => {
    const data = join(folder, 'file');
    writeFileSync(data, '');
    await playInside('fork', '0', 'flood', data, '20000', 'exit', '0');
    const running = sensor;
    assert.ok(running);
    await running.end();
    const totals = running.records.at(-1);
    assert.ok(totals?.type === 'totals');
    const lost = sumLost(running.records);
    assert.equal(totals.emitted, running.all.length + lost);
    assert.equal(totals.lost, lost);
    const seqs = running.all.map(({ seq }) => seq);
    if (lost === 0)
      assert.deepEqual(
        seqs,
        [...seqs.keys()].map((index) => index + 1),
      );
  });

  it('counts exactly what a reader that stalls makes it lose, and keeps room for ends', async () => {
    const loader = spawn(files.loaderPath, [
      ...[files.objectPath, '--ring-bytes', '65536', '--dedup-ms', '0'],
    ]);
    children.add(loader);
    const chunks: Buffer[] = [];
    await once(loader.stdout, 'readable');
    const data = join(folder, 'file');
    writeFileSync(data, '');
    const cgroup = cgroups.make(cgroupRoot, base, CONTAINER_ID);
    const child = startInside(cgroup, 'flood', data, '50000', 'exit', '0');
    await once(child, 'exit');
    loader.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    loader.stdin.end();
    await once(loader, 'close');
    const records = new FrameDecoder(() => 0).push(Buffer.concat(chunks));
    const events = records.filter(isRawEvent);
    const totals = records.at(-1);
    assert.ok(totals?.type === 'totals');
    const lost = sumLost(records);
    assert.ok(lost > 0);
    assert.equal(totals.emitted, events.length + lost);
    assert.equal(totals.lost, lost);
    assert.equal(new Set(events.map(({ seq }) => seq)).size, events.length);
    assert.ok(totals.emitted >= 50_000);
    assert.ok(events.some(({ type, pid }) => type === 'exit' && pid === child.pid));
  });

  it('ends with its parent, also one that is killed', async () => {
    // The shell leaves the loader our pipes, so that it can only learn of the shell's end itself.
    const shell = spawn('sh', ['-c', '"$0" "$1" <&0 & wait', files.loaderPath, files.objectPath]);
    children.add(shell);
    const decoder = new FrameDecoder(() => 0);
    for await (const chunk of shell.stdout) {
      decoder.push(chunk as Buffer);
      if (!decoder.isReady) continue;
      shell.kill('SIGKILL');
      // The loop, and with it the test, ends when the loader closes its end of the pipe.
    }
    assert.ok(decoder.isReady);
  });

  it('ends in order on SIGTERM, and leaves no mount behind', async () => {
    const mounts = readFileSync('/proc/self/mounts', 'utf8');
    const loader = spawn(files.loaderPath, [files.objectPath]);
    children.add(loader);
    const records: RawRecord[] = [];
    const decoder = new FrameDecoder(() => 0);
    loader.stdout.on('data', (chunk: Buffer) => {
      records.push(...decoder.push(chunk));
      if (decoder.isReady) loader.kill('SIGTERM');
    });
    const [code] = await once(loader, 'close');
    assert.equal(code, 0);
    assert.equal(records.at(-1)?.type, 'totals');
    assert.equal(readFileSync('/proc/self/mounts', 'utf8'), mounts);
  });

  it('says what is wrong when it cannot start', async () => {
    const broken = join(folder, 'broken.o');
    writeFileSync(broken, 'not an object');
    const objectPath = broken;
    const failing = new EbpfSensor({
      files: { ...files, objectPath },
      clock: systemClock,
      log: silentLogger,
    });
    const { signal } = new AbortController();
    await assert.rejects(failing.run({ onRecords: () => {}, signal }), {
      code: 'unavailable',
      message: /cannot read .*broken\.o/,
    });
  });
});

function sumLost(records: readonly RawRecord[]): number {
  return records.reduce((sum, record) => sum + (record.type === 'lost' ? record.count : 0), 0);
}
