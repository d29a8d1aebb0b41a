import assert from 'node:assert/strict';
import { CustomObjectsApi, type KubernetesObject, makeInformer } from '@kubernetes/client-node';
import { PROFILE_API_VERSION } from '#model/profile.js';
import { waitFor } from '../live/harness/wait-for.ts';
import type { Served } from './informer-store.ts';

const [group = '', version = ''] = PROFILE_API_VERSION.split('/');
const PLURAL = 'containerprofiles';
const PATIENCE_MS = 20_000;
/** How soon its user starts an informer again after an error: the client leaves that to them. */
const RESTART_MS = 50;

/** A profile as the client reads it. */
export interface SeenProfile extends KubernetesObject {
  readonly spec?: { readonly syscalls?: readonly string[] };
}

/** An informer of all profiles, as a user of the client writes one, and what it told: `add shop/web`. */
export class Follower {
  readonly told: string[] = [];
  /** How many times it listed. */
  lists = 0;
  readonly #list: () => Promise<{ readonly items: SeenProfile[] }>;
  readonly #informer: ReturnType<typeof makeInformer<SeenProfile>>;
  #isStopped = false;
  #restart: NodeJS.Timeout | undefined;
  #lastError: unknown = 'none';

  constructor({ config }: Served, labelSelector?: string) {
    const api = config.makeApiClient(CustomObjectsApi);
    const selection = labelSelector === undefined ? {} : { labelSelector };
    this.#list = () =>
      api.listCustomObjectForAllNamespaces({
        group,
        version,
        resourcePlural: PLURAL,
        ...selection,
      });
    const counted = () => {
      this.lists += 1;
      return this.#list();
    };
    const path = `/apis/${PROFILE_API_VERSION}/${PLURAL}`;
    this.#informer = makeInformer<SeenProfile>(config, path, counted, labelSelector);
    for (const verb of ['add', 'update', 'delete'] as const) {
      this.#informer.on(verb, ({ metadata }) => {
        this.told.push(`${verb} ${metadata?.namespace}/${metadata?.name}`);
      });
    }
    this.#informer.on('error', (reason) => this.#startLater(reason));
  }

  /** Starts it and waits until it watches. */
  async start(served: Served): Promise<this> {
    await this.#informer.start();
    await this.connects(served);
    return this;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#restart);
    await this.#informer.stop();
  }

  /** What its cache has. */
  get(name: string): SeenProfile | undefined {
    return this.#informer.get(name, 'shop');
  }

  /** Waits until it watches a server that has no other watchers. */
  async connects({ server }: Served): Promise<void> {
    const isWatching = () => {
      assert.ok(
        server.counts.watchers > 0,
        `no watch; last error of the client: ${this.#lastError}`,
      );
      return true;
    };
    await waitFor('the informer to watch', isWatching, PATIENCE_MS);
  }

  /** Waits until it has told so many events. */
  async tells(count: number): Promise<void> {
    const hasTold = () => {
      assert.ok(this.told.length >= count, this.told.join(', '));
      return true;
    };
    await waitFor(`${count} events`, hasTold, PATIENCE_MS);
  }

  /** Waits until its cache is what a list says. */
  async becomesComplete(): Promise<void> {
    const isComplete = async () => {
      const { items } = await this.#list();
      assert.deepEqual(identities(this.#informer.list()), identities(items));
      return true;
    };
    await waitFor('the cache to be what a list says', isComplete, PATIENCE_MS);
  }

  #startLater(reason: unknown): void {
    this.#lastError = reason;
    if (this.#isStopped) return;
    this.#restart = setTimeout(() => void this.#informer.start(), RESTART_MS);
  }
}

function identities(profiles: readonly SeenProfile[]): readonly string[] {
  return profiles
    .map(({ metadata, spec }) => {
      const { namespace, name, uid, resourceVersion } = metadata ?? {};
      return `${namespace}/${name} ${uid} ${resourceVersion} ${spec?.syscalls}`;
    })
    .sort();
}
