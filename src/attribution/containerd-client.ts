import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';
import { type ContainerRecord, containerRecord } from './container-record.ts';
import type { ContainerdApi, Method } from './containerd-api.ts';
import { SUBSCRIBED_TOPICS, type TaskEvent, taskEvent } from './task-event.ts';

/** containerd answers from memory or a local database: whatever takes longer is not coming. */
const CALL_BUDGET_MS = 5_000;
/** As containerd's own clients have it. A container's record is some ten kilobytes. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
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
  readonly #clock: Clock;
  readonly #client: Client;

  constructor({
    api,
    socketPath,
    clock,
  }: Readonly<{ api: ContainerdApi; socketPath: string; clock: Clock }>) {
    this.#api = api;
    this.#clock = clock;
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      // A new client is a new try; with the shared pool it would inherit the old one's back-off.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    });
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
    const { path, requestSerialize, responseDeserialize } = method;
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { filters },
    );
    const onAbort = () => stream.cancel();
    return new Promise<void>((resolve, reject) => {
      if (signal.aborted) stream.cancel();
      else signal.addEventListener('abort', onAbort, { once: true });
      stream.on('data', (envelope: unknown) => {
        let event: TaskEvent | undefined;
        try {
          event = taskEvent(envelope, this.#api);
        } catch (reason) {
          onDamaged(AgentError.from(reason, 'invalid'));
        }
        if (event !== undefined) onEvent(event);
      });
      stream.on('error', (error: ServiceError) => {
        if (signal.aborted) resolve();
        else reject(agentError(error, "containerd's events"));
      });
      stream.on('end', () => resolve());
    }).finally(() => signal.removeEventListener('abort', onAbort));
  }

  /** Ends the connection and what is under way on it. */
  close(): void {
    this.#client.close();
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
    const what = `containerd call ${method.path}`;
    const budget = { clock: this.#clock, budgetMs: CALL_BUDGET_MS, signal, what };
    return withBudget(budget, (callSignal) =>
      this.#send({ method, request, namespace }, callSignal),
    );
  }

  #send(
    {
      method,
      request,
      namespace,
    }: Readonly<{ method: Method; request: object; namespace: string }>,
    signal: AbortSignal,
  ): Promise<object> {
    const metadata = new Metadata();
    if (namespace !== '') metadata.set('containerd-namespace', namespace);
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        metadata,
        (error: ServiceError | null, answer?: object) => {
          signal.removeEventListener('abort', onAbort);
          if (error === null) resolve(answer ?? {});
          else reject(agentError(error, `containerd call ${method.path}`));
        },
      );
      const onAbort = () => call.cancel();
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  [status.NOT_FOUND]: 'not-found',
  [status.RESOURCE_EXHAUSTED]: 'too-large',
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.UNIMPLEMENTED]: 'invalid',
};

function agentError(error: ServiceError, what: string): AgentError {
  // The client library puts two sentences of its own round the system's word.
  const why = /Last error: (?:Error: )?(.*?)\.? Resolution note:/.exec(error.details)?.[1];
  return new AgentError(CODES[error.code] ?? 'unavailable', `${what}: ${why ?? error.details}`, {
    cause: error,
  });
}
