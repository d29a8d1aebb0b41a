import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { type ContainerRecord, containerRecord } from './container-record.ts';
import type { ContainerdApi, Method } from './containerd-api.ts';
import { GrpcConnection } from './runtimes/grpc-connection.ts';
import { SUBSCRIBED_TOPICS, type TaskEvent, taskEvent } from './task-event.ts';

const SERVICES = 'containerd.services';

/** The first process of a container, as containerd lists it. */
export interface ListedTask {
  readonly containerId: string;
  readonly pid: number;
  readonly isRunning: boolean;
  /** Only of one that has stopped. */
  readonly exitCode?: number;
}

interface CallOptions {
  readonly signal: AbortSignal;
}

interface Scope extends CallOptions {
  /** containerd's own namespace. */
  readonly namespace: string;
}

/**
 * One connection to containerd. Every call rejects with `unavailable` when containerd cannot be
 * reached or takes longer than five seconds, with `aborted` when its signal aborts, with
 * `not-found` and `too-large` as they are named, and with `invalid` for what containerd refuses.
 */
export class ContainerdClient {
  readonly #api: ContainerdApi;
  readonly #connection: GrpcConnection;

  constructor({
    api,
    socketPath,
    clock,
  }: Readonly<{ api: ContainerdApi; socketPath: string; clock: Clock }>) {
    this.#api = api;
    this.#connection = new GrpcConnection({ socketPath, clock });
  }

  /** containerd's version, for example `1.6.20`. */
  async version({ signal }: CallOptions): Promise<string> {
    const method = this.#api.method(`${SERVICES}.version.v1.Version`, 'Version');
    const { version } = (await this.#call(method, {}, { signal, namespace: '' })) as {
      readonly version: string;
    };
    return version;
  }

  /** Names of containerd's namespaces. */
  async namespaces({ signal }: CallOptions): Promise<readonly string[]> {
    const method = this.#api.method(`${SERVICES}.namespaces.v1.Namespaces`, 'List');
    const { namespaces } = (await this.#call(method, {}, { signal, namespace: '' })) as {
      readonly namespaces: readonly { readonly name: string }[];
    };
    return namespaces.map(({ name }) => name);
  }

  /** The first process of every container of a namespace that has one. */
  async tasks(scope: Scope): Promise<readonly ListedTask[]> {
    const method = this.#api.method(`${SERVICES}.tasks.v1.Tasks`, 'List');
    const { tasks } = (await this.#call(method, {}, scope)) as {
      readonly tasks: readonly {
        readonly containerId: string;
        readonly id: string;
        readonly pid: number;
        readonly status: string;
        readonly exitStatus: number;
      }[];
    };
    return tasks.map(({ containerId, id, pid, status: state, exitStatus }) => ({
      containerId: containerId || id,
      pid,
      isRunning: state !== 'STOPPED' && state !== 'UNKNOWN',
      ...(state === 'STOPPED' && { exitCode: exitStatus }),
    }));
  }

  /** What containerd has on record of a container, or undefined when it has none of that id. */
  async container(id: string, scope: Scope): Promise<ContainerRecord | undefined> {
    const method = this.#api.method(`${SERVICES}.containers.v1.Containers`, 'Get');
    const answer = await this.#find(method, { id }, scope);
    return answer && containerRecord((answer as { readonly container: unknown }).container);
  }

  /** Digest of what an image's name points to now, or undefined when there is no such image. */
  async imageDigest(name: string, scope: Scope): Promise<string | undefined> {
    const method = this.#api.method(`${SERVICES}.images.v1.Images`, 'Get');
    const answer = (await this.#find(method, { name }, scope)) as
      | { readonly image: { readonly target: { readonly digest: string } | null } | null }
      | undefined;
    return answer?.image?.target?.digest;
  }

  /**
   * Delivers what happens to tasks in all namespaces until the stream ends or `signal` aborts;
   * settles then. Rejects with `unavailable` when the stream breaks. `onDamaged` hears of an event
   * that cannot be read; the stream goes on.
   */
  subscribe({
    signal,
    onEvent,
    onDamaged,
  }: CallOptions & {
    readonly onEvent: (event: TaskEvent) => void;
    readonly onDamaged: (error: AgentError) => void;
  }): Promise<void> {
    const method = this.#api.method(`${SERVICES}.events.v1.Events`, 'Subscribe');
    const filters = SUBSCRIBED_TOPICS.map((topic) => `topic=="${topic}"`);
    const onMessage = (envelope: object) => {
      let event: TaskEvent | undefined;
      try {
        event = taskEvent(envelope, this.#api);
      } catch (reason) {
        onDamaged(AgentError.from(reason, 'invalid'));
      }
      if (event !== undefined) onEvent(event);
    };
    return this.#connection.stream(method, { filters }, { signal, onMessage });
  }

  /** Ends the connection and what is under way on it. */
  close(): void {
    this.#connection.close();
  }

  async #find(method: Method, request: object, scope: Scope): Promise<object | undefined> {
    try {
      return await this.#call(method, request, scope);
    } catch (reason) {
      if (reason instanceof AgentError && reason.code === 'not-found') return undefined;
      throw reason;
    }
  }

  #call(method: Method, request: object, { namespace, signal }: Scope): Promise<object> {
    const headers = namespace === '' ? {} : { 'containerd-namespace': namespace };
    return this.#connection.call(method, request, { signal, headers });
  }
}
