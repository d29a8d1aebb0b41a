import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type FakeChange, type FakeObject, FakeObjects, FakeRefusal } from './fake-objects.ts';
import { type FakeRequest, fakeRequestOf, isWanted } from './fake-request.ts';

/** How a server differs from an API server of today. */
export interface FakeApiServerOptions {
  /** `ignores`: takes the parameter and does nothing about it. */
  readonly streamingLists?: 'known' | 'refused' | 'ignored';
  /** False: like the public storage, lists have no version and watches tell only what happens next. */
  readonly hasListVersions?: boolean;
  /** False: whole objects are sent whatever was asked for. */
  readonly knowsMetadataForm?: boolean;
  /** Objects above this are refused with 413. */
  readonly maxObjectBytes?: number;
}

/** What happens to a request in place of an answer. */
export type Fault =
  | {
      readonly status: number;
      readonly retryAfter?: number;
      readonly reason?: string;
      readonly message?: string;
      /** In place of a Status. */
      readonly body?: object;
    }
  /** The body stops after some bytes; with `isOpen` the connection stays. */
  | { readonly body: string; readonly isOpen?: boolean }
  /** It is answered as it should be. */
  | 'none'
  /** The connection breaks without an answer. */
  | 'reset'
  /** The connection breaks after the work was done. */
  | 'reset-after'
  /** No answer ever comes. */
  | 'silent';

interface OpenWatch {
  readonly request: FakeRequest;
  readonly response: ServerResponse;
}

/**
 * An API server on loopback with objects in memory, and every fault a client can meet. Faults are taken by the next
 * requests of their verb, one each, in order.
 */
export class FakeApiServer {
  readonly objects = new FakeObjects();
  /** All that was asked, oldest first. */
  readonly requests: FakeRequest[] = [];
  readonly #options: FakeApiServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<OpenWatch>();
  readonly #faults: { readonly verb: FakeRequest['verb'] | 'any'; readonly fault: Fault }[] = [];
  #server: Server | undefined;
  #port = 0;
  #isMute = false;

  private constructor(options: FakeApiServerOptions) {
    this.#options = options;
    this.objects.onChange((change) => this.#tellAll(change));
  }

  static async listen(options: FakeApiServerOptions = {}): Promise<FakeApiServer> {
    const server = new FakeApiServer(options);
    await server.up();
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Watches that are open now. */
  get watching(): number {
    return this.#watches.size;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Faults that wait for a request. */
  get faultsLeft(): number {
    return this.#faults.length;
  }

  /** The next request of this verb fails so. */
  fail(verb: FakeRequest['verb'] | 'any', ...faults: readonly Fault[]): void {
    for (const fault of faults) this.#faults.push({ verb, fault });
  }

  clearFaults(): void {
    this.#faults.length = 0;
    this.#isMute = false;
  }

  count(verb: FakeRequest['verb']): number {
    return this.requests.filter((request) => request.verb === verb).length;
  }

  /** Watches end as they do when their time is over. */
  closeWatches(): void {
    for (const { response } of this.#watches) response.end();
    this.#watches.clear();
  }

  /** Watches break off, with half a line when one is given. */
  dropWatches(halfLine = ''): void {
    for (const { response } of this.#watches) {
      if (halfLine === '') response.destroy();
      else response.write(halfLine, () => response.destroy());
    }
    this.#watches.clear();
  }

  /** From now on watches tell nothing, though they stay open; whatever happens meanwhile is lost to them. */
  mute(isMute = true): void {
    this.#isMute = isMute;
  }

  /** Bytes as they are, to every watch. */
  sendRaw(text: string | Uint8Array): void {
    for (const { response } of this.#watches) response.write(text);
  }

  /** An `ERROR` line to every watch, which stays open. */
  sendError(code: number, reason: string): void {
    const object = { kind: 'Status', status: 'Failure', code, reason, message: 'it was said so' };
    this.sendRaw(`${JSON.stringify({ type: 'ERROR', object })}\n`);
  }

  sendBookmark(version = this.objects.version): void {
    for (const { response } of this.#watches) response.write(bookmark(version));
  }

  /** Connections are refused until {@link up}. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    for (const socket of this.#sockets) socket.destroy();
    this.#watches.clear();
    await closed;
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    await this.down();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    const request = await fakeRequestOf(incoming).catch(() => undefined);
    if (request === undefined) return;
    this.requests.push(request);
    const fault = this.#takeFault(request);
    if (fault !== undefined && !isAnswered(fault)) return misbehave(fault, response);
    try {
      const answer = this.#answer(request, response);
      if (fault === 'reset-after') response.destroy();
      else if (answer !== undefined) send(response, request.verb === 'create' ? 201 : 200, answer);
    } catch (reason) {
      if (!(reason instanceof FakeRefusal)) throw reason;
      send(response, reason.status, statusOf(reason));
    }
  }

  #takeFault({ verb }: FakeRequest): Fault | undefined {
    const at = this.#faults.findIndex((each) => each.verb === 'any' || each.verb === verb);
    return at < 0 ? undefined : this.#faults.splice(at, 1)[0]?.fault;
  }

  #answer(request: FakeRequest, response: ServerResponse): object | undefined {
    const { verb, collection, namespace, body } = request;
    const key = { ...(namespace !== undefined && { namespace }), name: request.name ?? '' };
    switch (verb) {
      case 'list':
        return this.#list(request);
      case 'watch':
        return this.#watch(request, response);
      case 'get': {
        const object = this.objects.get(collection, key);
        if (object) return this.#form(request, object);
        throw new FakeRefusal([404, 'NotFound'], `${collection} "${key.name}" not found`, key.name);
      }
      case 'create':
        this.#refuseLarge(body);
        return this.objects.create(collection, body as FakeObject);
      case 'update':
        this.#refuseLarge(body);
        return this.objects.update(collection, body as FakeObject);
      case 'delete':
        this.objects.delete(collection, key, Object(body)['preconditions']);
        return { kind: 'Status', apiVersion: 'v1', status: 'Success' };
      default:
        throw new FakeRefusal([405, 'MethodNotAllowed'], 'not known here');
    }
  }

  #refuseLarge(body: unknown): void {
    const sizeBytes = JSON.stringify(body).length;
    if (sizeBytes <= (this.#options.maxObjectBytes ?? Number.POSITIVE_INFINITY)) return;
    throw new FakeRefusal(
      [413, 'RequestEntityTooLarge'],
      'Request entity too large: limit is less',
    );
  }

  #list(request: FakeRequest): object {
    const { query, collection } = request;
    const [version = this.objects.version, from = 0] = (query['continue'] ?? '')
      .split('/')
      .filter(Boolean)
      .map(Number);
    if (version < this.objects.forgotten) throw expired('the continue token is too old');
    const wanted = this.objects.all(collection).filter((object) => isWanted(request, object));
    const to = from + Number(query['limit'] ?? wanted.length);
    const hasVersion = this.#options.hasListVersions ?? true;
    return {
      kind: 'List',
      apiVersion: 'v1',
      metadata: {
        ...(hasVersion && { resourceVersion: String(version) }),
        ...(to < wanted.length && { continue: `${version}/${to}` }),
      },
      items: wanted.slice(from, to).map((object) => this.#form(request, object)),
    };
  }

  #watch(request: FakeRequest, response: ServerResponse): undefined {
    const { query, collection } = request;
    const { streamingLists = 'known', hasListVersions = true } = this.#options;
    const isStreaming = query['sendInitialEvents'] === 'true' && streamingLists !== 'ignored';
    if (isStreaming && streamingLists === 'refused') {
      throw new FakeRefusal([422, 'Invalid'], 'sendInitialEvents is forbidden');
    }
    const from = Number(query['resourceVersion'] ?? '0');
    if (from !== 0 && hasListVersions && from < this.objects.forgotten) {
      throw expired(`too old resource version: ${from}`);
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watch = { request, response };
    this.#watches.add(watch);
    response.on('close', () => this.#watches.delete(watch));
    if (!hasListVersions) return;
    if (from === 0) {
      for (const object of this.objects.all(collection)) this.#tell(watch, 'ADDED', object);
      if (isStreaming) response.write(bookmark(this.objects.version, true));
    } else {
      for (const { type, object } of this.objects.changesAfter(collection, from)) {
        this.#tell(watch, type, object);
      }
    }
  }

  #tellAll({ type, collection, object }: FakeChange): void {
    for (const watch of this.#watches) {
      if (watch.request.collection === collection) this.#tell(watch, type, object);
    }
  }

  #tell({ request, response }: OpenWatch, type: FakeChange['type'], object: FakeObject): void {
    if (this.#isMute || !isWanted(request, object)) return;
    response.write(`${JSON.stringify({ type, object: this.#form(request, object) })}\n`);
  }

  /** The object in the form that was asked for. */
  #form(request: FakeRequest, object: FakeObject): object {
    const isMetadata = request.headers.accept?.includes('as=PartialObjectMetadata') ?? false;
    if (!isMetadata || this.#options.knowsMetadataForm === false) return object;
    const { metadata } = object;
    return { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata', metadata };
  }
}

type Answered = 'none' | 'reset-after';

function isAnswered(fault: Fault): fault is Answered {
  return fault === 'none' || fault === 'reset-after';
}

function misbehave(fault: Exclude<Fault, Answered>, response: ServerResponse): void {
  if (fault === 'silent') return;
  if (fault === 'reset') {
    response.destroy();
    return;
  }
  if (!('status' in fault)) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write(fault.body, () => {
      if (!fault.isOpen) response.destroy();
    });
    return;
  }
  const { status, retryAfter, reason = 'Scripted', message = 'a scripted fault' } = fault;
  if (retryAfter !== undefined) response.setHeader('retry-after', String(retryAfter));
  send(response, status, fault.body ?? statusOf(new FakeRefusal([status, reason], message)));
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function statusOf({ status, reason, message, objectName }: FakeRefusal): object {
  const details = objectName === undefined ? {} : { name: objectName };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    reason,
    code: status,
    details,
  };
}

function expired(message: string): FakeRefusal {
  return new FakeRefusal([410, 'Expired'], message);
}

function bookmark(version: number, isInitial = false): string {
  const metadata = {
    resourceVersion: String(version),
    ...(isInitial && { annotations: { 'k8s.io/initial-events-end': 'true' } }),
  };
  return `${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`;
}
