import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import { ApiClient } from '../api-client.ts';
import { openAccess } from '../cluster-access.ts';
import { Reflector, type ReflectorOptions } from '../reflector.ts';
import type { FakeApiServer } from './fake-api-server.ts';

/** What a test sees of one object. */
export interface Seen {
  readonly name: string;
  readonly uid: string;
  readonly value: unknown;
}

/** Turns of the event loop after which what a test waits for does not come any more. */
const PATIENCE = 20_000;

/** Lets the machine's sockets work until `condition` holds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < PATIENCE; turn += 1) {
    if (condition()) return;
    await settle();
  }
  throw new Error(`it never came: ${what}`);
}

/**
 * A reflector on pods of a fake server and on a virtual clock, and the replica that its listener keeps, told in
 * words too.
 */
export class Follower {
  readonly clock = new VirtualClock();
  readonly client: ApiClient;
  readonly reflector: Reflector<Seen>;
  readonly replica = new Map<string, Seen>();
  readonly told: string[] = [];
  readonly #stop = new AbortController();
  #run: Promise<void> | undefined;

  constructor(
    server: Pick<FakeApiServer, 'url'>,
    options: Partial<ReflectorOptions<Seen>> & { readonly seed?: number } = {},
  ) {
    const { clock } = this;
    this.client = new ApiClient({ access: openAccess(server.url), clock });
    const quiet = () => {};
    this.reflector = new Reflector<Seen>({
      client: this.client,
      path: '/api/v1/pods',
      clock,
      random: seededRandom(options.seed ?? 1),
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
      parse: seenOf,
      onReplace: (items) => this.#replace(items),
      onEvent: ({ type, item }) => {
        this.told.push(`${type} ${item.name}`);
        if (type === 'deleted') this.replica.delete(item.name);
        else this.replica.set(item.name, item);
      },
      ...options,
    });
  }

  /** Starts, and waits until the first watch is open. */
  async start(server: FakeApiServer): Promise<void> {
    this.begin();
    await until(() => server.watching > 0, 'the first watch');
  }

  begin(): void {
    this.#run = this.reflector.run({ signal: this.#stop.signal });
  }

  /** What is known, as `name=value`. */
  get known(): readonly string[] {
    return [...this.replica.values()].map(({ name, value }) => `${name}=${value}`).sort();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#run;
    this.client.close();
  }

  #replace(items: readonly Seen[]): void {
    this.told.push(`all ${items.map(({ name }) => name).join(' ')}`.trim());
    this.replica.clear();
    for (const item of items) this.replica.set(item.name, item);
  }
}

function seenOf(raw: Readonly<Record<string, unknown>>): Seen {
  const metadata = Object(raw['metadata']) as { readonly name: string; readonly uid: string };
  const value = Object(raw['spec'])['value'];
  if (value === 'bad') throw new Error('spec.value: expected a good one');
  return { name: metadata.name, uid: metadata.uid, value };
}

/** A pod that carries a value. */
export function aPod(name: string, value: unknown = 1, namespace = 'shop') {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: { value } };
}
