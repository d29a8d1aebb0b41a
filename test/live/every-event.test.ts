// Every kind of event from the real kernel, through the real sensor and the real attribution: one program does every
// act in a pod made through CRI, and what needs more rights in a container beside it. What is told is held against
// what was done, field by field.
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { EVENT_TYPES, type EventType, type RawEvent } from '#model/raw-event.js';
import { AttributedSensor } from './harness/attributed-sensor.ts';
import { type ContainerFacts, containerFacts } from './harness/container-facts.ts';
import { runContainer } from './harness/containers.ts';
import {
  type Act,
  addressOfName,
  everyAct,
  GUEST_WORDS,
  privilegedActs,
  SERVED_PORTS,
} from './harness/every-act.ts';
import { type HostPeers, sayTo, startHostPeers } from './harness/host-peers.ts';
import { everythingImage } from './harness/images.ts';
import { type Pod, runPod } from './harness/pods.ts';
import { type PrivateContainerd, startPrivateContainerd } from './harness/private-containerd.ts';
import { CONTAINERD_NEEDS, liveRequirements } from './harness/requirements.ts';
import { ensureSensor } from './harness/sensor-build.ts';
import { baseProblems, contentOf } from './harness/told-events.ts';
import { waitFor } from './harness/wait-for.ts';

const POD = {
  name: 'acts-7c9d-x2x7k',
  namespace: 'shop',
  uid: '0b6d5c1e-0000-4000-8000-00000000ac75',
};
const PROGRAM = '/usr/bin/everything';
/** Kinds whose hook a kernel may lack, and the programs that tell them. */
const OPTIONAL: Readonly<Partial<Record<EventType, RegExp>>> = {
  randomx: /randomx|fpu/,
  capabilities: /capab/,
  iouring: /io_?uring/,
};
/** Kinds of which more is told than what was asked for: the rest of the program needs them as well. */
const AT_LEAST: ReadonlySet<EventType> = new Set(['capabilities', 'syscall', 'randomx']);

/** A container that has done its acts, and what was told of it. */
interface Done {
  readonly facts: ContainerFacts;
  readonly containerId: string;
  readonly betweenMs: readonly [number, number];
}

describe('every event of a real kernel', {
  skip: liveRequirements([...CONTAINERD_NEEDS, 'ebpf', 'sensor']),
}, () => {
  let containerd: PrivateContainerd;
  let peers: HostPeers;
  let sensor: AttributedSensor;
  let pod: Pod;
  let inPod: Done;
  let privileged: Done;
  const guests = { http: 0, ssh: 0 };

  const podActs = (own: string) => {
    const { address: host, httpPort, sshPort } = peers;
    return everyAct({ host, httpPort, sshPort, own, guests });
  };
  /** The acts wait until somebody says go, and hold on when they are done. */
  const commandOf = (acts: readonly Act[]) => [
    ...[PROGRAM, 'wait', '/tmp/go'],
    ...acts.flatMap(({ words }) => words),
    ...['make', '/tmp/done', 'hold'],
  ];
  const perform = async (namespace: string, containerId: string): Promise<Done> => {
    const facts = await containerFacts(containerd, namespace, containerId);
    const fromMs = Date.now();
    const root = `/proc/${facts.pid}/root/tmp`;
    writeFileSync(`${root}/go`, '');
    return { facts, containerId, betweenMs: [fromMs, await done(root)] };
  };
  const done = async (root: string) => {
    await waitFor('the acts to be done', () => existsSync(`${root}/done`), 20_000);
    return Date.now() + 50;
  };
  /** What was told of the container from the moment its acts began. */
  const eventsOf = ({ containerId, betweenMs: [fromMs] }: Done): readonly RawEvent[] =>
    sensor
      .eventsOf(containerId)
      .map(({ event }) => event)
      .filter(({ timeMs }) => timeMs >= fromMs);
  /** The program that would tell it, when this kernel has a hook for none of those that can. */
  const isSkipped = (type: EventType) => {
    const program = OPTIONAL[type];
    if (!program || sensor.ready?.programs.some((name) => program.test(name))) return undefined;
    return sensor.ready?.skipped.find((each) => program.test(each.program));
  };

  before(async () => {
    ensureSensor();
    containerd = await startPrivateContainerd();
    const { gateway } = containerd.network;
    peers = await startHostPeers(gateway, addressOfName);
    sensor = await AttributedSensor.start(containerd.socket, { dedupMs: 0 });
    const container = { name: 'acts', image: everythingImage, command: commandOf(podActs('')) };
    pod = await runPod(containerd, { ...POD, containers: [container] });
    const performing = perform('k8s.io', pod.containerIds.get('acts') ?? '');
    for (const kind of ['http', 'ssh'] as const) {
      const { sourcePort } = await sayTo(pod.ip, SERVED_PORTS[kind], GUEST_WORDS[kind]);
      guests[kind] = sourcePort;
    }
    inPod = await performing;
    await runContainer(containerd, {
      id: 'privileged-1',
      image: everythingImage,
      command: commandOf(privilegedActs()),
      capabilities: ['CAP_SYS_ADMIN'],
    });
    privileged = await perform('default', 'privileged-1');
    // What is not urgent waits in the kernel for 100 ms at most.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await sensor.stop();
  });

  after(async () => {
    await sensor?.stop().catch(() => undefined);
    await peers?.stop();
    await containerd?.stop();
    assert.deepEqual(await containerd?.leftovers(), []);
  });

  const expected = {
    'in a pod': () => [inPod, podActs(pod.ip)] as const,
    'with CAP_SYS_ADMIN': () => [privileged, privilegedActs()] as const,
  };
  for (const type of EVENT_TYPES) {
    for (const [where, acts] of Object.entries(expected)) {
      it(`tells ${type} ${where} with every field`, (context) => {
        const missing = isSkipped(type);
        if (missing) return context.skip(`${missing.program}: ${missing.reason}`);
        const [container, done] = acts();
        const wanted = done.flatMap(({ tells }) => tells).filter((told) => told.type === type);
        const told = eventsOf(container)
          .filter((event) => event.type === type)
          .map(contentOf);
        if (!AT_LEAST.has(type)) return assert.deepEqual(told, wanted);
        for (const one of wanted) {
          assert.ok(
            told.some((other) => isSame(other, one)),
            `${JSON.stringify(one)} is not among ${JSON.stringify(told)}`,
          );
        }
      });
    }
  }

  it('tells whose each event is, from which process and when', () => {
    for (const { facts, betweenMs, ...container } of [inPod, privileged]) {
      const events = eventsOf({ facts, betweenMs, ...container });
      assert.deepEqual(baseProblems(events, facts, betweenMs), []);
    }
  });

  it('attributes them to the pod and the container', () => {
    const [{ container } = assert.fail('nothing was told')] = sensor.eventsOf(inPod.containerId);
    const { name, namespace, uid } = POD;
    assert.deepEqual(
      [container.name, container.pod?.name, container.pod?.namespace, container.pod?.uid],
      ['acts', name, namespace, uid],
    );
    assert.equal(container.image, everythingImage.name);
    const [{ container: other } = assert.fail()] = sensor.eventsOf(privileged.containerId);
    assert.deepEqual([other.id, other.namespace], ['privileged-1', 'containerd-default']);
  });

  it('tells each system call once', () => {
    for (const container of [inPod, privileged]) {
      const names = sensor
        .eventsOf(container.containerId)
        .flatMap(({ event }) => (event.type === 'syscall' ? [event.syscall] : []));
      assert.deepEqual(names, [...new Set(names)]);
      assert.ok(names.includes('openat') && names.includes('bpf'), names.join(' '));
    }
  });

  it('gives every event a number and loses none', () => {
    assert.deepEqual(sensor.totals?.lost, 0);
    const numbers = sensor.seqs;
    assert.equal(numbers.size, sensor.totals?.emitted);
  });

  it('has a hook for every kind, or says why not', () => {
    for (const { program, reason } of sensor.ready?.skipped ?? []) {
      console.log(`not on this kernel: ${program}: ${reason}`);
    }
    const told = new Set(sensor.told.map(({ event }) => event.type));
    const silent = EVENT_TYPES.filter((type) => !told.has(type) && !isSkipped(type));
    assert.deepEqual(silent, []);
  });
});

function isSame(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}
