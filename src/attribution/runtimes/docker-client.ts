import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { describedContainer, isSandbox, sandboxIdOf } from './docker-record.ts';
import { type Fields, fieldsOf, numberOf, parseFields, textOf, textsOf } from './json-fields.ts';
import type {
  ContainerHint,
  DescribedContainer,
  RuntimeClient,
  RuntimeKind,
} from './runtime-client.ts';
import { SocketHttp } from './socket-http.ts';

interface Call {
  readonly signal: AbortSignal;
}

/** What changes which containers run, and their end. */
const FILTERS = { type: ['container'], event: ['start', 'die', 'destroy'] };

/** Docker's Engine API at a socket. */
export function dockerRuntime({
  socketPath,
  clock,
}: Readonly<{ socketPath: string; clock: Clock }>): RuntimeKind {
  return {
    name: 'docker',
    // Docker's name for itself in containerd: names are the same whichever of its sockets was watched.
    runtimeNamespace: 'moby',
    isStreamSure: true,
    canRestart: true,
    connect: () => new DockerClient(new SocketHttp({ socketPath, clock })),
  };
}

class DockerClient implements RuntimeClient {
  readonly #http: SocketHttp;

  constructor(http: SocketHttp) {
    this.#http = http;
  }

  async running(call: Call): Promise<readonly string[]> {
    const answer: unknown = JSON.parse(await this.#http.get('/containers/json', call));
    const list: readonly unknown[] = Array.isArray(answer) ? answer : [];
    return list.map((item) => textOf(fieldsOf(item)['Id'])).filter((id) => id !== '');
  }

  async describe(containerId: string, call: Call): Promise<DescribedContainer | undefined> {
    const container = await this.#find(`/containers/${encodeURIComponent(containerId)}/json`, call);
    if (container === undefined) return undefined;
    const sandboxId = isSandbox(container) ? '' : sandboxIdOf(container);
    const [image, sandbox] = await Promise.all([
      this.#image(textOf(container['Image']), call),
      sandboxId && this.#find(`/containers/${encodeURIComponent(sandboxId)}/json`, call),
    ]);
    return describedContainer(container, { image, sandbox: sandbox || undefined });
  }

  follow({
    signal,
    onStanding,
    onHint,
  }: Call & { onStanding: () => void; onHint: (hint: ContainerHint) => void }): Promise<void> {
    const path = `/events?filters=${encodeURIComponent(JSON.stringify(FILTERS))}`;
    return this.#http.lines(path, {
      signal,
      onOpen: onStanding,
      onLine: (line) => {
        const hint = hintOf(parseFields(line));
        if (hint !== undefined) onHint(hint);
      },
    });
  }

  close(): void {
    this.#http.close();
  }

  /** Empty when it cannot be had: a container is worth knowing without it. */
  async #image(id: string, call: Call): Promise<Fields> {
    if (id === '') return {};
    const path = `/images/${encodeURIComponent(id)}/json`;
    return (await this.#find(path, call).catch(() => undefined)) ?? {};
  }

  async #find(path: string, call: Call): Promise<Fields | undefined> {
    try {
      return parseFields(await this.#http.get(path, call));
    } catch (reason) {
      if (reason instanceof AgentError && reason.code === 'not-found') return undefined;
      throw reason;
    }
  }
}

/** Undefined for what names no container. */
function hintOf(event: Fields): ContainerHint | undefined {
  const { ID: id, Attributes: attributes } = fieldsOf(event['Actor']);
  const containerId = textOf(id) || textOf(event['id']);
  if (containerId === '') return undefined;
  const { exitCode } = textsOf(attributes);
  const timeMs = numberOf(event['timeNano']) / 1e6 || numberOf(event['time']) * 1_000;
  const isEnd = event['Action'] === 'die' && exitCode !== undefined;
  return { containerId, timeMs, ...(isEnd && { exitCode: Number(exitCode) }) };
}
