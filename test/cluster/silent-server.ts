import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A server that takes connections and what is sent, and never answers. */
export class SilentServer {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.resume();
  });

  /** With port 0, or none, a free one is taken. */
  static async listen(port = 0): Promise<SilentServer> {
    const silent = new SilentServer();
    silent.#server.listen(port, '127.0.0.1');
    await once(silent.#server, 'listening');
    return silent;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') return '';
    return `http://127.0.0.1:${address.port}`;
  }

  /** Connections that wait for an answer. */
  get waiting(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
