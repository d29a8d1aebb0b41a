import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A request that came in. */
export interface ReceivedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Who the client says it is, by its certificate. */
  readonly peer?: string | undefined;
}

/** What is answered; `hang`: nothing, `reset`: the connection breaks, `torn`: it breaks within the answer. */
export type Answer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'hang'
  | 'reset'
  | 'torn';

/** An HTTP server on loopback that keeps what comes and answers as it is told, then with 200. */
export class HttpReceiver {
  readonly requests: ReceivedRequest[] = [];
  readonly answers: Answer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #scheme: string;
  connections = 0;

  private constructor(secure: ServerOptions | undefined) {
    const listener: RequestListener = (request, response) => {
      this.#take(request)
        .then(() => this.#answer(response))
        .catch(() => response.destroy());
    };
    this.#scheme = secure ? 'https' : 'http';
    this.#server = secure ? createSecureServer(secure, listener) : createServer(listener);
    this.#server.on('connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async listen(secure?: ServerOptions): Promise<HttpReceiver> {
    const receiver = new HttpReceiver(secure);
    await new Promise<void>((resolve) => receiver.#server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get bodies(): readonly unknown[] {
    return this.requests.map(({ body }) => JSON.parse(body));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method = '', url = '', headers, socket } = request;
    const peer = (socket as import('node:tls').TLSSocket).getPeerCertificate?.().subject?.CN;
    this.requests.push({
      method,
      url,
      headers,
      body: Buffer.concat(chunks).toString(),
      peer: `${peer}`,
    });
  }

  #answer(response: import('node:http').ServerResponse): void {
    const answer = this.answers.shift() ?? { status: 200 };
    if (answer === 'hang') return;
    if (answer === 'reset') response.destroy();
    else if (answer === 'torn') {
      response.writeHead(500, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    } else response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
