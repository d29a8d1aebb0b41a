import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import type { WatchedContainerEvent } from './container-runs.ts';
import { ContainerdWatcher } from './containerd-watcher.ts';
import { type FakeContainer, FakeContainerd } from './testing/fake-containerd.ts';
import { FakeProc } from './testing/fake-proc.ts';

const START_MS = 1_700_000_000_000;

/** What a watcher delivers, as short lines, and a way to wait for it. */
class Seen {
  readonly events: WatchedContainerEvent[] = [];
  readonly #waiting = new Set<() => void>();

  readonly take = (event: WatchedContainerEvent) => {
    this.events.push(event);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  };

  get lines(): readonly string[] {
    return this.events.map((event) =>
      event.type === 'container-added'
        ? `+${event.container.id}:${event.container.pid}`
        : `-${event.containerId} ${event.exitCode ?? 'unknown'}`,
    );
  }

  async has(line: string): Promise<void> {
    while (!this.lines.includes(line)) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  container(line: string) {
    const event = this.events[this.lines.indexOf(line)];
    assert.ok(event?.type === 'container-added');
    return event.container;
  }
}

describe('watching containerd', () => {
  let fake: FakeContainerd;
  let proc: FakeProc;
  let clock: VirtualClock;
  let health: Health;
  let seen: Seen;
  let stopping: AbortController;
  let running: Promise<void>;

  beforeEach(async () => {
    fake = await FakeContainerd.start();
    proc = new FakeProc();
    clock = new VirtualClock(START_MS);
    health = new Health(() => clock.now());
    seen = new Seen();
    stopping = new AbortController();
    running = Promise.resolve();
  });

  afterEach(async () => {
    stopping.abort();
    await running;
    assert.equal(clock.pending, 0, 'a timer was left');
    proc[Symbol.dispose]();
    await fake[Symbol.asyncDispose]();
  });

  function watch(): void {
    const { socketPath } = fake;
    const { procRoot, cgroupRoot } = proc;
    const watcher = new ContainerdWatcher({
      ...{ socketPath, procRoot, cgroupRoot, clock, health },
      random: seededRandom(1),
      log: silentLogger,
      agentStartMs: START_MS,
    });
    running = watcher.run({ signal: stopping.signal, onEvent: seen.take });
  }

  const create = (container: FakeContainer) => {
    proc.add(container.pid ?? 0);
    fake.put(container);
    const { namespace, id: containerId, pid } = container;
    fake.tell('/tasks/create', 'TaskCreate', { ...(namespace && { namespace }), containerId, pid });
  };
  const exit = (container: FakeContainer, exitStatus: number, id = container.id) => {
    const { namespace, id: containerId, pid } = container;
    const value = { ...(namespace && { namespace }), containerId, id, pid, exitStatus };
    fake.tell('/tasks/exit', 'TaskExit', value);
  };
  /** Puts one more container through, so that everything told before has had its effect. */
  const mark = async (pid: number) => {
    create({ id: `mark${pid}`, pid });
    await seen.has(`+mark${pid}:${pid}`);
  };
  const ready = async () => {
    watch();
    await fake.reached('Events/Subscribe', 1);
    await fake.reached('Namespaces/List', 1);
  };
  /** Moves the clock in small steps until the promise settles: waits begin whenever answers come. */
  const advancingUntil = async (settled: Promise<void>) => {
    let isSettled = false;
    const done = settled.then(() => {
      isSettled = true;
    });
    while (!isSettled) {
      await clock.advance(100);
      await settle();
    }
    await done;
  };

  it('tells of a container before it starts, once, and of its end with the exit code', async () => {
    await ready();
    const web = { id: 'web', pid: 7, image: 'docker.io/library/nginx:1' };
    fake.putImage(web.image, 'sha256:abc');
    create(web);
    await seen.has('+web:7');
    fake.tell('/tasks/start', 'TaskStart', { containerId: 'web', pid: 7 });
    exit({ ...web, pid: 8 }, 1, 'an-exec');
    exit({ ...web, pid: 9 }, 1);
    await mark(100);
    exit(web, 3);
    fake.tell('/tasks/delete', 'TaskDelete', { containerId: 'web', pid: 7, exitStatus: 3 });
    fake.take(web);
    fake.tell('/containers/delete', 'ContainerDelete', { id: 'web' });
    await mark(101);
    assert.deepEqual(seen.lines, ['+web:7', '+mark100:100', '-web 3', '+mark101:101']);
    const { imageDigest, preExisting, startedAtMs } = seen.container('+web:7');
    assert.deepEqual([imageDigest, preExisting, startedAtMs], ['sha256:abc', false, START_MS]);
    assert.deepEqual(seen.events[2], {
      ...{ type: 'container-removed', containerId: 'web', runtimeNamespace: 'k8s.io' },
      ...{ timeMs: 1_000_500, exitCode: 3 },
    });
  });

  it('tells of what runs already, in every namespace, as pre-existing', async () => {
    fake.put({ id: 'old', pid: 7 });
    fake.put({ id: 'old', namespace: 'default', pid: 8 });
    fake.put({ id: 'done', pid: 9, status: 'STOPPED' });
    fake.put({ id: 'idle' });
    const cgroupId = proc.add(7, { ageMs: 5_000, cgroup: '/kubepods/old' });
    proc.add(8, { ageMs: 5_000 });
    watch();
    await Promise.all([seen.has('+old:7'), seen.has('+old:8')]);
    const [inPods, inDefault] = [seen.container('+old:7'), seen.container('+old:8')];
    assert.deepEqual([inPods.preExisting, inPods.startedAtMs], [true, START_MS - 5_000]);
    assert.equal(inPods.cgroupId, cgroupId);
    assert.equal(inDefault.cgroupId, undefined);
    assert.deepEqual([inPods.runtimeNamespace, inDefault.runtimeNamespace], ['k8s.io', 'default']);
    exit({ id: 'old', namespace: 'default', pid: 8 }, 0);
    await mark(100);
    assert.deepEqual(seen.lines.slice(2), ['-old 0', '+mark100:100']);
  });

  it('does not take the cgroup of the runtime for that of the container', async () => {
    await ready();
    proc.add(7, { cgroup: '/system.slice/containerd.service' });
    fake.put({ id: 'web', pid: 7 });
    fake.tell('/tasks/create', 'TaskCreate', { containerId: 'web', pid: 7 });
    await seen.has('+web:7');
    assert.equal(seen.container('+web:7').cgroupId, undefined);
  });

  it("finds the pod's labels with its sandbox", async () => {
    await ready();
    const labels = {
      'io.kubernetes.pod.name': 'web-5d7c9-x2k4f',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': 'u',
    };
    const sandbox = {
      ...labels,
      'io.cri-containerd.kind': 'sandbox',
      'pod-template-hash': '5d7c9',
    };
    fake.put({ id: 's', labels: { ...sandbox, app: 'web' } });
    create({
      id: 'c',
      pid: 7,
      labels: { ...labels, 'io.kubernetes.container.name': 'nginx' },
      spec: { annotations: { 'io.kubernetes.cri.sandbox-id': 's' } },
    });
    await seen.has('+c:7');
    const { pod, workloadName, workloadKind } = seen.container('+c:7');
    assert.equal(workloadName, 'replicaset-web-5d7c9');
    assert.equal(workloadKind, 'Deployment');
    assert.deepEqual(pod?.labels, { 'pod-template-hash': '5d7c9', app: 'web' });
  });

  it('delivers what it missed while the stream was broken, each once', async () => {
    await ready();
    const [stays, ends, again] = [
      { id: 'stays', pid: 1 },
      { id: 'ends', pid: 2 },
      { id: 'again', pid: 3 },
    ];
    for (const container of [stays, ends, again]) create(container);
    await mark(100);
    fake.dropStreams();
    fake.put({ ...ends, status: 'STOPPED', exitStatus: 137 });
    fake.put({ ...again, pid: 30 });
    fake.put({ id: 'new', pid: 4 });
    proc.add(30);
    proc.add(4, { ageMs: 5_000 });
    await advancingUntil(seen.has('+new:4'));
    await mark(101);
    assert.deepEqual([...seen.lines].sort(), [
      ...['+again:3', '+again:30', '+ends:2', '+mark100:100', '+mark101:101', '+new:4'],
      ...['+stays:1', '-again unknown', '-ends 137'],
    ]);
    assert.ok(seen.lines.indexOf('-again unknown') < seen.lines.indexOf('+again:30'));
    assert.equal(seen.container('+new:4').preExisting, true);
    assert.equal(seen.container('+again:30').preExisting, false);
  });

  it('keeps what it knows while containerd is away, says so, and recovers', async () => {
    await ready();
    create({ id: 'web', pid: 7 });
    await seen.has('+web:7');
    fake.stop();
    await advancingUntil(
      (async () => {
        while (health.conditions().length === 0) await settle();
      })(),
    );
    const [condition] = health.conditions();
    assert.equal(condition?.name, 'container-runtime');
    assert.match(condition?.message ?? '', /by containerd: /);
    await clock.advance(60_000);
    assert.deepEqual(seen.lines, ['+web:7']);
    await fake.listen();
    const subscriptions = fake.count('Events/Subscribe');
    await advancingUntil(fake.reached('Events/Subscribe', subscriptions + 1));
    await mark(100);
    await advancingUntil(
      (async () => {
        while (health.conditions().length > 0) await settle();
      })(),
    );
    assert.deepEqual(seen.lines, ['+web:7', '+mark100:100']);
  });

  it('waits for a containerd that is not there yet', async () => {
    fake.stop();
    fake.put({ id: 'web', pid: 7 });
    watch();
    await advancingUntil(
      (async () => {
        while (health.conditions().length === 0) await settle();
      })(),
    );
    await fake.listen();
    await advancingUntil(seen.has('+web:7'));
  });

  it('is not held up by one container whose record comes slowly', async () => {
    await ready();
    const slow = Promise.withResolvers<void>();
    fake.before = (call, { id }) =>
      call === 'Containers/Get' && id === 'slow' ? slow.promise : undefined;
    create({ id: 'slow', pid: 7 });
    exit({ id: 'slow', pid: 7 }, 0);
    await mark(100);
    slow.resolve();
    await seen.has('-slow 0');
    assert.deepEqual(seen.lines, ['+mark100:100', '+slow:7', '-slow 0']);
  });

  it('tries again when a record cannot be read, and finds it with the next list otherwise', async () => {
    await ready();
    let failures = 1;
    fake.before = (call, { id }) => {
      if (call !== 'Containers/Get' || id !== 'web' || failures === 0) return;
      failures -= 1;
      throw { code: status.INTERNAL, details: 'disk' };
    };
    create({ id: 'web', pid: 7 });
    await advancingUntil(seen.has('+web:7'));
    assert.equal(fake.count('Containers/Get'), 2);
    failures = 3;
    exit({ id: 'web', pid: 7 }, 0);
    create({ id: 'web', pid: 8 });
    const lists = fake.count('Tasks/List');
    await advancingUntil(seen.has('+web:8'));
    assert.equal(fake.count('Tasks/List'), lists + 1);
    assert.ok(clock.now() - START_MS < 20_000, 'it waited for the regular list');
    assert.deepEqual(seen.lines, ['+web:7', '-web 0', '+web:8']);
  });

  it('finds by its regular list what no event told of', async () => {
    await ready();
    create({ id: 'a', pid: 7 });
    await seen.has('+a:7');
    fake.take({ id: 'a' });
    fake.put({ id: 'b', pid: 8 });
    await advancingUntil(Promise.all([seen.has('-a unknown'), seen.has('+b:8')]).then(() => {}));
    assert.ok(clock.now() - START_MS >= 50_000);
  });

  it('goes on when one namespace cannot be listed', async () => {
    fake.put({ id: 'a', namespace: 'broken', pid: 7 });
    fake.put({ id: 'b', namespace: 'good', pid: 8 });
    let failures = 1;
    fake.before = (call) => {
      if (call !== 'Tasks/List' || failures === 0) return;
      failures -= 1;
      throw { code: status.UNAVAILABLE, details: 'shim' };
    };
    watch();
    await seen.has('+b:8');
    assert.deepEqual(seen.lines, ['+b:8']);
    await advancingUntil(seen.has('+a:7'));
    assert.ok(clock.now() - START_MS < 20_000, 'it waited for the regular list');
  });

  it('survives events that cannot be read and containers that vanish', async () => {
    await ready();
    fake.tellBytes('/tasks/create', { namespace: 'k8s.io', bytes: Buffer.from([0xff, 0xff, 1]) });
    fake.tell('/tasks/create', 'TaskCreate', { containerId: 'gone', pid: 9 });
    await mark(100);
    assert.deepEqual(seen.lines, ['+mark100:100']);
  });

  it('keeps the order of two runs of one container, although the first is read slowly', async () => {
    await ready();
    const slow = Promise.withResolvers<void>();
    let isFirst = true;
    fake.before = (call, { id }) => {
      if (call !== 'Containers/Get' || id !== 'web' || !isFirst) return;
      isFirst = false;
      return slow.promise;
    };
    create({ id: 'web', pid: 7 });
    exit({ id: 'web', pid: 7 }, 0);
    create({ id: 'web', pid: 8 });
    await mark(100);
    slow.resolve();
    await seen.has('+web:8');
    assert.deepEqual(seen.lines, ['+mark100:100', '+web:7', '-web 0', '+web:8']);
  });

  it('starts a new run when the process is another, although no end was told', async () => {
    await ready();
    create({ id: 'web', pid: 7 });
    create({ id: 'web', pid: 8 });
    await seen.has('+web:8');
    assert.deepEqual(seen.lines, ['+web:7', '-web unknown', '+web:8']);
  });
});
