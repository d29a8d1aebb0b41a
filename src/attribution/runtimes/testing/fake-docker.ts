import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTimestamp } from '#runtime/timestamp.js';

/** A container as the fake keeps it. */
export interface FakeDockerContainer {
  readonly id: string;
  readonly name?: string;
  readonly pid: number;
  readonly state?: 'created' | 'running' | 'restarting' | 'exited';
  readonly startedAtMs: number;
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly image?: string;
  readonly imageId?: string;
}

/** A failure that a test throws in {@link FakeDocker.before}. */
export interface DockerFailure {
  readonly statusCode: number;
  readonly message: string;
}

const NEVER = '0001-01-01T00:00:00Z';

/**
 * A Docker Engine in memory behind a real socket. Changing containers tells nobody: what happens and what is told are separate
 * here, so that a test can lose either.
 */
export class FakeDocker {
  readonly socketPath: string;
  /** Runs before each answer, with the path that was asked for; throw a {@link DockerFailure}. */
  before: (path: string) => Promise<void> | void = () => {};
  readonly containers = new Map<string, FakeDockerContainer>();
  /** By id. */
  readonly images = new Map<string, object>();
  readonly #folder: string;
  readonly #streams = new Set<ServerResponse>();
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  private constructor(folder: string) {
    this.#folder = folder;
    this.socketPath = join(folder, 'docker.sock');
  }

  static async start(): Promise<FakeDocker> {
    const fake = new FakeDocker(await mkdtemp(join(tmpdir(), 'hullwatch-docker-')));
    await fake.listen();
    return fake;
  }

  async listen(): Promise<void> {
    const server = createServer(({ url = '' }, response) => {
      const [path = ''] = url.split('?');
      Promise.resolve()
        .then(() => this.before(decodeURIComponent(path)))
        .then(() => this.#answer(decodeURIComponent(path), response))
        .catch(({ statusCode = 500, message = '' }: Partial<DockerFailure>) => {
          response.writeHead(statusCode).end(JSON.stringify({ message }));
        });
    });
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.socketPath, resolve));
    this.#server = server;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Goes away at once, with its connections. The store stays. */
  stop(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#server = undefined;
    this.#streams.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await rm(this.#folder, { recursive: true });
  }

  tell(action: string, id: string, attributes: Readonly<Record<string, string>> = {}): void {
    const event = {
      ...{ Type: 'container', Action: action, status: action, id },
      Actor: { ID: id, Attributes: attributes },
      timeNano: 1_000_500e6,
    };
    this.tellText(`${JSON.stringify(event)}\n`);
  }

  /** Sends this text to those who listen to events. */
  tellText(text: string): void {
    for (const stream of this.#streams) stream.write(text);
  }

  /** Ends all event streams. */
  dropStreams(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
  }

  #answer(path: string, response: ServerResponse): void {
    if (path === '/events') {
      response.writeHead(200).flushHeaders();
      this.#streams.add(response);
      return;
    }
    if (path === '/version') {
      response.writeHead(200).end(JSON.stringify({ Version: '20.10.24', ApiVersion: '1.41' }));
      return;
    }
    const [, kind, id = ''] = /^\/(containers|images)\/(?:(.+)\/)?json$/.exec(path) ?? [];
    const body = kind === 'images' ? this.images.get(id) : this.#containers(kind, id);
    if (body === undefined) throw { statusCode: 404, message: `no such thing: ${path}` };
    response.writeHead(200).end(JSON.stringify(body));
  }

  #containers(kind: string | undefined, id: string): object | undefined {
    if (kind === undefined) return undefined;
    if (id !== '') {
      const container = this.containers.get(id);
      return container && inspected(container);
    }
    return [...this.containers.values()]
      .filter(({ state = 'running' }) => state === 'running' || state === 'restarting')
      .map((each) => ({ Id: each.id, State: each.state ?? 'running' }));
  }
}

function inspected(container: FakeDockerContainer) {
  const {
    id,
    name = 'eager_hopper',
    pid,
    state = 'running',
    startedAtMs,
    exitCode = 0,
  } = container;
  const { finishedAtMs, labels = {}, image = '', imageId = '' } = container;
  return {
    ...{ Id: id, Name: `/${name}`, Image: imageId, Config: { Image: image, Labels: labels } },
    State: {
      ...{ Status: state, Running: state === 'running' || state === 'restarting' },
      ...{ Restarting: state === 'restarting', Pid: state === 'running' ? pid : 0 },
      ExitCode: exitCode,
      StartedAt: state === 'created' ? NEVER : formatTimestamp(startedAtMs),
      FinishedAt: finishedAtMs === undefined ? NEVER : formatTimestamp(finishedAtMs),
    },
  };
}
