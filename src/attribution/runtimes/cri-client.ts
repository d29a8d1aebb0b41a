import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { type CriApi, loadCriApi } from './cri-api.ts';
import { describedContainer, describedSandbox, sandboxIdOfInfo } from './cri-record.ts';
import { GrpcConnection } from './grpc-connection.ts';
import { type Fields, fieldsOf, numberOf, textOf } from './json-fields.ts';
import type {
  ContainerHint,
  DescribedContainer,
  RuntimeClient,
  RuntimeKind,
} from './runtime-client.ts';

interface Call {
  readonly signal: AbortSignal;
}

/** The Container Runtime Interface at a socket, as CRI-O and containerd serve it to kubelets. */
export function criRuntime({
  socketPath,
  clock,
}: Readonly<{ socketPath: string; clock: Clock }>): RuntimeKind {
  const api = loadCriApi();
  return {
    name: 'cri',
    // That of containerd's CRI: a profile is found again whichever of its sockets was watched.
    runtimeNamespace: 'k8s.io',
    isStreamSure: false,
    canRestart: false,
    connect: () => new CriClient(api, new GrpcConnection({ socketPath, clock })),
  };
}

class CriClient implements RuntimeClient {
  readonly #api: CriApi;
  readonly #connection: GrpcConnection;

  constructor(api: CriApi, connection: GrpcConnection) {
    this.#api = api;
    this.#connection = connection;
  }

  async running(call: Call): Promise<readonly string[]> {
    const running = { filter: { state: { state: 'CONTAINER_RUNNING' } } };
    const ready = { filter: { state: { state: 'SANDBOX_READY' } } };
    const [{ containers }, { items }] = await Promise.all([
      this.#call('ListContainers', running, call),
      this.#call('ListPodSandbox', ready, call),
    ]);
    return [...idsOf(items), ...idsOf(containers)];
  }

  async describe(containerId: string, call: Call): Promise<DescribedContainer | undefined> {
    const answer = await this.#find('ContainerStatus', { containerId, verbose: true }, call);
    if (answer === undefined) return this.#sandbox(containerId, call);
    const [sandbox, image] = await Promise.all([
      this.#sandbox(sandboxIdOfInfo(answer['info']), call),
      this.#image(fieldsOf(answer['status']), call),
    ]);
    return describedContainer(answer, { sandbox, image });
  }

  async follow({
    signal,
    onStanding,
    onHint,
  }: Call & { onStanding: () => void; onHint: (hint: ContainerHint) => void }): Promise<void> {
    const method = this.#api.method('GetContainerEvents');
    const onMessage = (message: object) => {
      const { containerId, createdAt } = fieldsOf(message);
      onHint({ containerId: textOf(containerId), timeMs: numberOf(createdAt) / 1e6 });
    };
    const stream = this.#connection.stream(method, {}, { signal, onMessage });
    // Nobody says when a stream stands. One answered call later it does: calls of one connection are taken up in order.
    const standing = this.#call('Version', {}, { signal }).then(onStanding);
    await Promise.all([stream, standing]);
  }

  close(): void {
    this.#connection.close();
  }

  async #sandbox(podSandboxId: string, call: Call): Promise<DescribedContainer | undefined> {
    if (podSandboxId === '') return undefined;
    const answer = await this.#find('PodSandboxStatus', { podSandboxId, verbose: true }, call);
    return answer && describedSandbox(answer);
  }

  /** Empty when it cannot be had: a container is worth knowing without it. */
  async #image(status: Fields, call: Call): Promise<Fields> {
    const image = textOf(status['imageRef']);
    if (image === '' || image.includes('@')) return {};
    const answer = await this.#call('ImageStatus', { image: { image } }, call).catch(() => ({}));
    return fieldsOf(fieldsOf(answer)['image']);
  }

  async #find(name: string, request: object, call: Call): Promise<Fields | undefined> {
    try {
      return await this.#call(name, request, call);
    } catch (reason) {
      if (reason instanceof AgentError && reason.code === 'not-found') return undefined;
      throw reason;
    }
  }

  async #call(name: string, request: object, call: Call): Promise<Fields> {
    return fieldsOf(await this.#connection.call(this.#api.method(name), request, call));
  }
}

function idsOf(items: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(items) ? items : [];
  return list.map((item) => textOf(fieldsOf(item)['id'])).filter((id) => id !== '');
}
