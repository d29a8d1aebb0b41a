import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { type ContainerProfile, PROFILE_API_VERSION } from '#model/profile.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { ApiServer } from '#storage/api/api-server.js';
import { openSqliteProfileStore, type SqliteProfileStore } from '#storage/sqlite-profile-store.js';

export const KIND = 'ContainerProfile' as const;

const SOURCES = { clock: systemClock, random: systemRandom, log: silentLogger };
const { signal } = new AbortController();

/** A store in a file behind a port, with what the client needs to find it. */
export interface Served {
  readonly store: SqliteProfileStore;
  readonly server: ApiServer;
  readonly address: string;
  readonly config: KubeConfig;
  /** May be called twice. */
  close(): Promise<void>;
}

interface ServeOptions {
  /** A free port when absent. */
  readonly address?: string;
  readonly historyChanges?: number;
}

/** Serves the file in a folder. */
export async function serve(
  folder: string,
  { address = '127.0.0.1:0', ...options }: ServeOptions = {},
): Promise<Served> {
  const store = openStore(folder, options);
  const server = await ApiServer.listen({ address, objects: store.objects, ...SOURCES });
  const { url } = server;
  let closing: Promise<void> | undefined;
  const close = async () => {
    await server.close();
    store.close();
  };
  return {
    store,
    server,
    config: configFor(url),
    address: new URL(url).host,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

function configFor(url: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromOptions({
    // The client refuses plain HTTP to servers that it is to verify.
    clusters: [{ name: 'store', server: url, skipTLSVerify: true }],
    users: [{ name: 'anybody' }],
    contexts: [{ name: 'here', cluster: 'store', user: 'anybody' }],
    currentContext: 'here',
  });
  return config;
}

function openStore(folder: string, options: { readonly historyChanges?: number }) {
  return openSqliteProfileStore({ path: join(folder, 'profiles.db'), ...SOURCES, ...options });
}

/** The file while nobody serves it. */
export async function withStore(
  folder: string,
  options: { readonly historyChanges?: number },
  work: (store: SqliteProfileStore) => Promise<void>,
): Promise<void> {
  const store = openStore(folder, options);
  try {
    await work(store);
  } finally {
    store.close();
  }
}

/** Makes the profile; when there is one, gives it these system calls and, if given, labels. */
export async function put(
  store: SqliteProfileStore,
  name: string,
  {
    syscalls = ['read'],
    labels = {},
  }: {
    readonly syscalls?: readonly string[];
    readonly labels?: Readonly<Record<string, string>>;
  } = {},
): Promise<void> {
  const profile: ContainerProfile = {
    apiVersion: PROFILE_API_VERSION,
    kind: KIND,
    metadata: { name, namespace: 'shop', labels },
    spec: { syscalls },
  };
  const known = await store.get(KIND, profile.metadata, { signal });
  if (known) await store.update(KIND, profile, { signal });
  else await store.create(KIND, profile, { signal });
}

/** Deletes the profile. */
export async function remove(store: SqliteProfileStore, name: string): Promise<void> {
  await store.delete(KIND, { namespace: 'shop', name }, { signal });
}
