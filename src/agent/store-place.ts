import { AgentError } from '#model/agent-error.js';

/** In a cluster, through its API server. */
const IN_CLUSTER = 'kubernetes';

/** True of the option `store` when it names a file of this host (or `:memory:`), and no store elsewhere. */
export function isStoreFile(store: string): boolean {
  return store !== IN_CLUSTER && !isServedStore(store);
}

/** Throws `invalid`, with what to do instead, when the option `store` names no file of this host. */
export function refuseOtherStores(store: string): void {
  if (store === ':memory:') {
    throw new AgentError('invalid', `store: a store in memory is its agent's own, expected a file`);
  }
  if (isStoreFile(store)) return;
  throw new AgentError(
    'invalid',
    `store: expected a file, got ${store}: a store behind an API is read and written with kubectl`,
  );
}

/** True when it names a store that is served by itself: by its address, or by a kubeconfig with address and credentials. */
export function isServedStore(store: string): boolean {
  return isAddress(store) || kubeconfigOf(store) !== undefined;
}

/** True when it is an address: `http://…`, `https://…` or `unix:/path`. */
export function isAddress(store: string): boolean {
  return /^(https?:\/\/|unix:)/.test(store);
}

/** The file in `kubeconfig:FILE`. */
export function kubeconfigOf(store: string): string | undefined {
  return /^kubeconfig:(.+)$/.exec(store)?.[1];
}
