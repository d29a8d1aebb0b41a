import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';

/** A runtime answers from memory or a local database: whatever takes longer is not coming. */
const CALL_BUDGET_MS = 5_000;
/** As the runtimes' own clients have it. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
const CODES: Readonly<Record<number, ErrorCode>> = {
  [status.NOT_FOUND]: 'not-found',
  [status.RESOURCE_EXHAUSTED]: 'too-large',
  [status.INVALID_ARGUMENT]: 'invalid',
  [status.UNIMPLEMENTED]: 'invalid',
};

type Method = MethodDefinition<object, object>;

interface CallOptions {
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
}

interface StreamOptions {
  readonly signal: AbortSignal;
  readonly onMessage: (message: object) => void;
}

/**
 * One gRPC connection to a unix socket. Calls reject with `unavailable` when nobody answers within five seconds, with
 * `aborted` when their signal aborts, with `not-found`, `too-large` and `invalid` (refused, or not known there).
 */
export class GrpcConnection {
  readonly #clock: Clock;
  readonly #client: Client;

  constructor({ socketPath, clock }: { readonly socketPath: string; readonly clock: Clock }) {
    this.#clock = clock;
    this.#client = new Client(`unix:${socketPath}`, credentials.createInsecure(), {
      'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
      'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
      // A new client is a new try; with the shared pool it would inherit the old one's back-off.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_retries': 0,
    });
  }

  call(method: Method, request: object, { signal, headers = {} }: CallOptions): Promise<object> {
    const budget = {
      ...{ clock: this.#clock, budgetMs: CALL_BUDGET_MS, signal },
      what: `call ${method.path}`,
    };
    return withBudget(budget, (callSignal) =>
      this.#send(method, request, { signal: callSignal, headers }),
    );
  }

  /** Gives the messages of a stream until it ends or `signal` aborts; settles then. Rejects as a call does when it breaks. */
  stream(method: Method, request: object, { signal, onMessage }: StreamOptions): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = method;
    const stream = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
    );
    const onAbort = () => stream.cancel();
    return new Promise<void>((resolve, reject) => {
      if (signal.aborted) stream.cancel();
      else signal.addEventListener('abort', onAbort, { once: true });
      stream.on('data', onMessage);
      stream.on('error', (error: ServiceError) => {
        if (signal.aborted) resolve();
        else reject(agentError(error, `stream ${path}`));
      });
      stream.on('end', () => resolve());
    }).finally(() => signal.removeEventListener('abort', onAbort));
  }

  /** Ends the connection and what is under way on it. */
  close(): void {
    this.#client.close();
  }

  #send(
    method: Method,
    request: object,
    { signal, headers }: Required<CallOptions>,
  ): Promise<object> {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
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
          else reject(agentError(error, `call ${method.path}`));
        },
      );
      const onAbort = () => call.cancel();
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function agentError(error: ServiceError, what: string): AgentError {
  // The client library puts two sentences of its own round the system's word.
  const why = /Last error: (?:Error: )?(.*?)\.? Resolution note:/.exec(error.details)?.[1];
  return new AgentError(CODES[error.code] ?? 'unavailable', `${what}: ${why ?? error.details}`, {
    cause: error,
  });
}
