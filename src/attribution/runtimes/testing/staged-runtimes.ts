import { status } from '@grpc/grpc-js';
import { FakeContainerd } from '../../testing/fake-containerd.ts';
import { FakeCri } from './fake-cri.ts';
import { FakeDocker } from './fake-docker.ts';

/** A container that a test lets run. */
export interface StagedContainer {
  readonly id: string;
  readonly pid: number;
  readonly startedAtMs: number;
}

/** A runtime that does what a test says, and tells of it only when the test says so. */
export interface StagedRuntime extends AsyncDisposable {
  readonly kind: 'containerd' | 'cri' | 'docker';
  readonly socketPath: string;
  /** It runs. `isTold`: those who listen hear of it. */
  start(container: StagedContainer, isTold: boolean): void;
  end(container: StagedContainer, exitCode: number, isTold: boolean): void;
  remove(container: StagedContainer, isTold: boolean): void;
  dropStreams(): void;
  /** Away, until {@link listen}. What ran runs on. */
  stop(): void;
  listen(): Promise<void>;
  /** Before it answers questions about this container it waits for this; what it throws is the answer. */
  holdUp(id: string, before: () => Promise<void> | void): void;
  /** What {@link holdUp} may throw. */
  readonly failure: object;
}

/** A fresh runtime of each kind. */
export const STAGED_RUNTIMES: Readonly<Record<string, () => Promise<StagedRuntime>>> = {
  containerd: stagedContainerd,
  'CRI with a stream of events': () => stagedCri('tells'),
  'CRI without a stream of events': () => stagedCri('unknown'),
  'CRI with a stream that never tells anything': () => stagedCri('mute'),
  Docker: stagedDocker,
};

async function stagedContainerd(): Promise<StagedRuntime> {
  const fake = await FakeContainerd.start();
  return {
    ...{ kind: 'containerd', socketPath: fake.socketPath, failure: internal() },
    start(container, isTold) {
      fake.put(container);
      const { id: containerId, pid } = container;
      if (isTold) fake.tell('/tasks/create', 'TaskCreate', { containerId, pid });
    },
    end(container, exitStatus, isTold) {
      fake.put({ ...container, status: 'STOPPED', exitStatus });
      const { id, pid } = container;
      const exit = { id, containerId: id, pid, exitStatus };
      if (isTold) fake.tell('/tasks/exit', 'TaskExit', exit);
    },
    remove({ id }, isTold) {
      fake.take({ id });
      if (isTold) fake.tell('/containers/delete', 'ContainerDelete', { id });
    },
    dropStreams: () => fake.dropStreams(),
    stop: () => fake.stop(),
    listen: () => fake.listen(),
    holdUp(id, before) {
      fake.before = (call, request) =>
        call === 'Containers/Get' && request['id'] === id ? before() : undefined;
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

async function stagedCri(eventStream: FakeCri['eventStream']): Promise<StagedRuntime> {
  const fake = await FakeCri.start();
  fake.eventStream = eventStream;
  const plain = { sandboxId: '', name: 'c' };
  return {
    ...{ kind: 'cri', socketPath: fake.socketPath, failure: internal() },
    start(container, isTold) {
      fake.containers.set(container.id, { ...plain, ...container });
      if (isTold) fake.tell(container.id);
    },
    end(container, exitCode, isTold) {
      const ended = { state: 'CONTAINER_EXITED', finishedAtMs: 1_000_500, exitCode } as const;
      fake.containers.set(container.id, { ...plain, ...container, ...ended });
      if (isTold) fake.tell(container.id);
    },
    remove({ id }, isTold) {
      fake.containers.delete(id);
      if (isTold) fake.tell(id);
    },
    dropStreams: () => fake.dropStreams(),
    stop: () => fake.stop(),
    listen: () => fake.listen(),
    holdUp(id, before) {
      fake.before = (call, { containerId }) =>
        call === 'ContainerStatus' && containerId === id ? before() : undefined;
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

async function stagedDocker(): Promise<StagedRuntime> {
  const fake = await FakeDocker.start();
  return {
    ...{ kind: 'docker', socketPath: fake.socketPath },
    failure: { statusCode: 500, message: 'disk' },
    start(container, isTold) {
      fake.containers.set(container.id, container);
      if (isTold) fake.tell('start', container.id);
    },
    end(container, exitCode, isTold) {
      const ended = { state: 'exited', finishedAtMs: 1_000_500, exitCode } as const;
      fake.containers.set(container.id, { ...container, ...ended });
      if (isTold) fake.tell('die', container.id, { exitCode: String(exitCode) });
    },
    remove({ id }, isTold) {
      fake.containers.delete(id);
      if (isTold) fake.tell('destroy', id);
    },
    dropStreams: () => fake.dropStreams(),
    stop: () => fake.stop(),
    listen: () => fake.listen(),
    holdUp(id, before) {
      fake.before = (path) => (path === `/containers/${id}/json` ? before() : undefined);
    },
    [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
  };
}

function internal() {
  return { code: status.INTERNAL, details: 'disk' };
}
