import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type sendUnaryData,
  status,
  type UntypedHandleCall,
} from '@grpc/grpc-js';
import { loadCriApi } from '../cri-api.ts';
import { fieldsOf, textOf } from '../json-fields.ts';

/** A container as the fake keeps it. */
export interface FakeCriContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly pid: number;
  readonly state?: 'CONTAINER_CREATED' | 'CONTAINER_RUNNING' | 'CONTAINER_EXITED';
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly imageRef?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A sandbox as the fake keeps it. */
export interface FakeCriSandbox {
  readonly id: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly labels?: Readonly<Record<string, string>>;
  readonly isReady?: boolean;
  readonly createdAtMs?: number;
  readonly pid?: number;
}

type Stream = ServerWritableStream<object, object>;
type Request = Readonly<Record<string, unknown>>;

/** What the stream of events does: stands, is refused as unknown, or stands and never tells anything. */
export type EventStream = 'tells' | 'unknown' | 'mute';

/**
 * A runtime with the Container Runtime Interface, in memory behind a real socket. Changing containers tells nobody: what happens
 * and what is told are separate here, so that a test can lose either.
 */
export class FakeCri {
  readonly socketPath: string;
  eventStream: EventStream = 'tells';
  /** Runs before each answer, with the call's name such as `ContainerStatus`; throw `{code, details}`. */
  before: (call: string, request: Request) => Promise<void> | void = () => {};
  readonly containers = new Map<string, FakeCriContainer>();
  readonly sandboxes = new Map<string, FakeCriSandbox>();
  /** Repository digests of images by their references. */
  readonly images = new Map<string, { readonly id: string; readonly repoDigests: string[] }>();
  readonly #folder: string;
  readonly #api = loadCriApi();
  readonly #streams = new Set<Stream>();
  #server: Server | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.socketPath = join(folder, 'cri.sock');
  }

  static async start(): Promise<FakeCri> {
    const fake = new FakeCri(await mkdtemp(join(tmpdir(), 'hullwatch-cri-')));
    await fake.listen();
    return fake;
  }

  async listen(): Promise<void> {
    const server = new Server();
    server.addService(this.#api.service('RuntimeService'), {
      Version: this.#unary('Version', () => ({ runtimeName: 'fake', runtimeVersion: '1' })),
      ListContainers: this.#unary('ListContainers', () => ({
        containers: [...this.containers.values()].filter(isRunning).map(({ id }) => ({ id })),
      })),
      ContainerStatus: this.#unary('ContainerStatus', ({ containerId }) =>
        containerStatus(found(this.containers, containerId)),
      ),
      ListPodSandbox: this.#unary('ListPodSandbox', () => ({
        items: [...this.sandboxes.values()]
          .filter(({ isReady = true }) => isReady)
          .map(({ id }) => ({ id })),
      })),
      PodSandboxStatus: this.#unary('PodSandboxStatus', ({ podSandboxId }) =>
        sandboxStatus(found(this.sandboxes, podSandboxId)),
      ),
      GetContainerEvents: (stream: Stream) => this.#subscribe(stream),
    });
    server.addService(this.#api.service('ImageService'), {
      ImageStatus: this.#unary('ImageStatus', ({ image }) => ({
        image: this.images.get(textOf(fieldsOf(image)['image'])) ?? null,
      })),
    });
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(`unix:${this.socketPath}`, ServerCredentials.createInsecure(), (error) =>
        error === null ? resolve() : reject(error),
      );
    });
    this.#server = server;
  }

  /** Goes away at once, with its connections. The store stays. */
  stop(): void {
    this.#server?.forceShutdown();
    this.#server = undefined;
    this.#streams.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await rm(this.#folder, { recursive: true });
  }

  tell(containerId: string, timeMs = 1_000_500): void {
    if (this.eventStream !== 'tells') return;
    for (const stream of this.#streams) stream.write({ containerId, createdAt: timeMs * 1e6 });
  }

  /** Breaks all event streams; the connections stay. */
  dropStreams(): void {
    for (const stream of this.#streams) {
      stream.emit('error', { code: status.UNAVAILABLE, details: 'dropped' });
    }
    this.#streams.clear();
  }

  #subscribe(stream: Stream): void {
    if (this.eventStream === 'unknown') {
      stream.emit('error', { code: status.UNIMPLEMENTED, details: 'unknown method' });
      return;
    }
    this.#streams.add(stream);
    stream.on('cancelled', () => this.#streams.delete(stream));
  }

  #unary(call: string, answer: (request: Request) => object): UntypedHandleCall {
    return ({ request }: { request: Request }, callback: sendUnaryData<object>) => {
      Promise.resolve()
        .then(() => this.before(call, request))
        .then(() => answer(request))
        .then(
          (value) => callback(null, value),
          (failure: { readonly code: status; readonly details: string }) =>
            callback({ name: 'Failure', message: failure.details, ...failure }),
        );
    };
  }
}

function isRunning({ state = 'CONTAINER_RUNNING' }: FakeCriContainer): boolean {
  return state === 'CONTAINER_RUNNING';
}

function found<T>(items: ReadonlyMap<string, T>, id: unknown): T {
  const item = items.get(textOf(id));
  if (item !== undefined) return item;
  throw { code: status.NOT_FOUND, details: `${textOf(id)}: not found` };
}

function containerStatus(container: FakeCriContainer) {
  const { state = 'CONTAINER_RUNNING', startedAtMs, finishedAtMs = 0, exitCode = 0 } = container;
  const { id, sandboxId, name, pid, labels = {}, image = '', imageRef = '' } = container;
  const info = {
    ...{ sandboxID: sandboxId, pid: isRunning(container) ? pid : 0 },
    runtimeSpec: { annotations: container.annotations ?? {} },
  };
  return {
    status: {
      ...{ id, state, exitCode, labels, imageRef, metadata: { name }, image: { image } },
      startedAt: state === 'CONTAINER_CREATED' ? 0 : startedAtMs * 1e6,
      finishedAt: finishedAtMs * 1e6,
    },
    info: { info: JSON.stringify(info) },
  };
}

function sandboxStatus(sandbox: FakeCriSandbox) {
  const { id, metadata, labels = {}, isReady = true, createdAtMs = 1, pid = 0 } = sandbox;
  const state = isReady ? 'SANDBOX_READY' : 'SANDBOX_NOTREADY';
  return {
    status: { id, metadata, labels, state, createdAt: createdAtMs * 1e6 },
    info: { info: JSON.stringify({ pid }) },
  };
}
