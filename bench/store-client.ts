import { Agent, request } from 'node:http';

/** What to ask a server. */
export interface Call {
  readonly path: string;
  readonly method?: string;
  readonly accept?: string;
  readonly body?: Uint8Array;
}

/** A client with one connection, which it keeps. Rejects when an answer is not 200 or 201. */
export class KeptConnection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  call({ path, method = 'GET', accept = 'application/json', body }: Call): Promise<Buffer> {
    const headers = {
      accept,
      ...(body && { 'content-type': 'application/json', 'content-length': body.length }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { port: this.#port, host: '127.0.0.1', path, method, headers, agent: this.#agent },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('end', () => {
            const answer = Buffer.concat(chunks);
            const { statusCode = 0 } = incoming;
            if (statusCode < 300) resolve(answer);
            else reject(new Error(`${method} ${path}: ${statusCode} ${answer}`));
          });
          incoming.on('error', reject);
        },
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
