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
import { type ContainerdApi, loadContainerdApi } from '../containerd-api.ts';

/** A container as the fake keeps it. */
export interface FakeContainer {
  readonly namespace?: string;
  readonly id: string;
  readonly image?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
  /** Process id of its task; without one it has none. */
  readonly pid?: number;
  readonly status?: 'CREATED' | 'RUNNING' | 'STOPPED';
  readonly exitStatus?: number;
}

/** A gRPC failure that a fault can throw. */
export interface Failure {
  readonly code: status;
  readonly details: string;
}

type Stream = ServerWritableStream<object, object>;

const DEFAULT_NAMESPACE = 'k8s.io';

/**
 * A containerd in memory behind a real socket: containers that are put there, events that are told,
 * and faults. Changing containers tells nobody: what happens and what is told are separate here,
 * so that a test can lose either.
 */
export class FakeContainerd {
  readonly socketPath: string;
  /** Runs before each answer, with the call's name such as `Containers/Get`; throw a {@link Failure}. */
  before: (call: string, request: Readonly<Record<string, unknown>>) => Promise<void> | void =
    () => {};
  readonly #folder: string;
  readonly #api: ContainerdApi;
  readonly #containers = new Map<string, FakeContainer>();
  readonly #images = new Map<string, string>();
  readonly #streams = new Set<Stream>();
  readonly #calls: string[] = [];
  readonly #waiting = new Set<() => void>();
  #server: Server | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.socketPath = join(folder, 'containerd.sock');
    this.#api = loadContainerdApi();
  }

  /** Starts one with an empty store. */
  static async start(): Promise<FakeContainerd> {
    const fake = new FakeContainerd(await mkdtemp(join(tmpdir(), 'hullwatch-containerd-')));
    await fake.listen();
    return fake;
  }

  /** Starts to answer, again after {@link stop}. */
  async listen(): Promise<void> {
    const server = new Server();
    for (const [name, handlers] of Object.entries(this.#handlers())) {
      const definition = this.#api.service(`containerd.services.${name}`);
      server.addService(definition, handlers);
    }
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

  /** Puts a container into the store, or replaces it. */
  put(container: FakeContainer): void {
    this.#containers.set(keyOf(container), container);
  }

  /** Takes a container out of the store. */
  take(container: Pick<FakeContainer, 'namespace' | 'id'>): void {
    this.#containers.delete(keyOf(container));
  }

  putImage(name: string, digest: string): void {
    this.#images.set(name, digest);
  }

  /** Tells the subscribers of an event; `message` is its name in `containerd.events`. */
  tell(
    topic: string,
    message: string,
    value: Readonly<Record<string, unknown>> & { readonly namespace?: string },
  ): void {
    const { namespace = DEFAULT_NAMESPACE, ...fields } = value;
    const bytes = this.#api.encode(`containerd.events.${message}`, fields);
    this.tellBytes(topic, { namespace, bytes });
  }

  /** Tells of an event whose message is these bytes, good or not. */
  tellBytes(
    topic: string,
    { namespace, bytes }: { readonly namespace: string; readonly bytes: Buffer },
  ): void {
    const event = { type_url: 'containerd.events', value: bytes };
    for (const stream of this.#streams) {
      stream.write({ timestamp: { seconds: 1_000, nanos: 500_000_000 }, namespace, topic, event });
    }
  }

  /** Breaks all event streams; the connections stay. */
  dropStreams(): void {
    for (const stream of this.#streams) {
      stream.emit('error', { code: status.UNAVAILABLE, details: 'dropped' });
    }
    this.#streams.clear();
  }

  /** How often a call such as `Tasks/List` was made. */
  count(call: string): number {
    return this.#calls.filter((each) => each === call).length;
  }

  /** Settles when a call was made (`Events/Subscribe`: stands) that many times in all. */
  async reached(call: string, times: number): Promise<void> {
    while (this.count(call) < times) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #handlers(): Record<string, Record<string, UntypedHandleCall>> {
    return {
      'version.v1.Version': { Version: this.#unary('Version/Version', () => ({ version: '1.6' })) },
      'namespaces.v1.Namespaces': {
        List: this.#unary('Namespaces/List', () => ({
          namespaces: [...new Set([...this.#containers.values()].map(namespaceOf))].map((name) => ({
            name,
          })),
        })),
      },
      'tasks.v1.Tasks': {
        List: this.#unary('Tasks/List', (_request, namespace) => ({
          tasks: [...this.#containers.values()]
            .filter((each) => namespaceOf(each) === namespace && each.pid !== undefined)
            .map(({ id, pid, status: state = 'RUNNING', exitStatus = 0 }) => ({
              id,
              pid,
              status: state,
              exitStatus,
            })),
        })),
      },
      'containers.v1.Containers': {
        Get: this.#unary('Containers/Get', ({ id }, namespace) => {
          const found = this.#containers.get(keyOf({ namespace, id: String(id) }));
          if (found === undefined) throw notFound(`container ${String(id)}`);
          const { image = '', labels = {}, spec = {} } = found;
          const value = Buffer.from(JSON.stringify(spec));
          return { container: { id, image, labels, spec: { type_url: 'spec', value } } };
        }),
      },
      'images.v1.Images': {
        Get: this.#unary('Images/Get', ({ name }) => {
          const digest = this.#images.get(String(name));
          if (digest === undefined) throw notFound(`image ${String(name)}`);
          return { image: { name, target: { digest } } };
        }),
      },
      'events.v1.Events': {
        Subscribe: (stream: Stream) => {
          this.#streams.add(stream);
          stream.on('cancelled', () => this.#streams.delete(stream));
          this.#called('Events/Subscribe');
        },
      },
    };
  }

  #unary(
    call: string,
    answer: (request: Readonly<Record<string, unknown>>, namespace: string) => object,
  ): UntypedHandleCall {
    return (
      { request, metadata }: { request: Record<string, unknown>; metadata: Metadata },
      callback: sendUnaryData<object>,
    ) => {
      this.#called(call);
      const [namespace = ''] = metadata.get('containerd-namespace');
      Promise.resolve()
        .then(() => this.before(call, request))
        .then(() => answer(request, String(namespace)))
        .then(
          (value) => callback(null, value),
          (failure: Failure) => callback({ name: 'Failure', message: failure.details, ...failure }),
        );
    };
  }

  #called(call: string): void {
    this.#calls.push(call);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

interface Metadata {
  get(key: string): readonly (string | Buffer)[];
}

function namespaceOf({ namespace = DEFAULT_NAMESPACE }: Pick<FakeContainer, 'namespace'>): string {
  return namespace;
}

function keyOf({ namespace = DEFAULT_NAMESPACE, id }: Pick<FakeContainer, 'namespace' | 'id'>) {
  return `${namespace}/${id}`;
}

function notFound(what: string): Failure {
  return { code: status.NOT_FOUND, details: `${what}: not found` };
}
