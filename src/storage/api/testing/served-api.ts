import { Agent, request as httpRequest } from 'node:http';
import { systemClock } from '#runtime/clock.js';
import type { LogFields, Logger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { MemoryProfileStore } from '../../memory-profile-store.ts';
import type { ObjectStore } from '../../object-store.ts';
import { ApiServer, type ApiServerOptions } from '../api-server.ts';

/** An answer, its body parsed when it is JSON. */
export interface Answered {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at any field of any answer
  readonly body: any;
}

/** What to send besides the path. */
export interface Asking {
  readonly method?: string;
  readonly accept?: string;
  readonly type?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const PROFILES =
  '/apis/spdx.softwarecomposition.kubescape.io/v1beta1/namespaces/shop/containerprofiles';
export const ALL_PROFILES = '/apis/spdx.softwarecomposition.kubescape.io/v1beta1/containerprofiles';

/** A profile that the schema takes. */
export function profile(name: string, metadata: object = {}, spec: object = {}) {
  return {
    apiVersion: 'spdx.softwarecomposition.kubescape.io/v1beta1',
    kind: 'ContainerProfile',
    metadata: { name, namespace: 'shop', ...metadata },
    spec: { execs: [{ path: '/bin/date', args: ['date'] }], ...spec },
  };
}

/** An API server on a free port, and a client that keeps its connections. */
export class ServedApi {
  readonly server: ApiServer;
  readonly store: { readonly objects: ObjectStore };
  readonly logged: (readonly [string, LogFields])[];
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(
    server: ApiServer,
    store: { readonly objects: ObjectStore },
    logged: (readonly [string, LogFields])[],
  ) {
    this.server = server;
    this.store = store;
    this.logged = logged;
  }

  static async start(options: Partial<ApiServerOptions> = {}): Promise<ServedApi> {
    const logged: (readonly [string, LogFields])[] = [];
    const note = (message: string, fields: LogFields = {}) => {
      logged.push([message, fields]);
    };
    const log: Logger = { debug() {}, info() {}, warn: note, error: note };
    const sources = { clock: systemClock, random: seededRandom(7), log };
    const store = new MemoryProfileStore(sources);
    const server = await ApiServer.listen({
      address: '127.0.0.1:0',
      objects: store.objects,
      ...sources,
      ...options,
    });
    return new ServedApi(server, store, logged);
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.server.close();
  }

  ask(
    path: string,
    { method = 'GET', accept, type, body, headers = {} }: Asking = {},
  ): Promise<Answered> {
    const { hostname, port } = new URL(this.server.url);
    const sent =
      body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          hostname,
          port,
          path,
          method,
          agent: this.#agent,
          headers: {
            ...(accept && { accept }),
            ...(sent !== undefined && {
              'content-type': type ?? 'application/json',
              // Node leaves it out of DELETE.
              'content-length': Buffer.byteLength(sent),
            }),
            ...headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
          incoming.on('error', reject);
          incoming.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            resolve({
              code: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text,
              body: parsed(text),
            });
          });
        },
      );
      outgoing.on('error', reject);
      outgoing.end(sent);
    });
  }

  create(object: unknown, query = ''): Promise<Answered> {
    return this.ask(`${PROFILES}${query}`, { method: 'POST', body: object });
  }

  patch(name: string, body: unknown, type = 'application/merge-patch+json'): Promise<Answered> {
    return this.ask(`${PROFILES}/${name}`, { method: 'PATCH', type, body });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
