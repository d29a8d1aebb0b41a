/** In a cluster, through its API server. */
const IN_CLUSTER = 'kubernetes';

/** True of the option `store` when it names a file of this host (or `:memory:`), and no store elsewhere. */
export function isStoreFile(store: string): boolean {
  return store !== IN_CLUSTER && !isAddress(store);
}

/** True when it is the address of a store that is served: `http://…`, `https://…` or `unix:/path`. */
export function isAddress(store: string): boolean {
  return /^(https?:\/\/|unix:)/.test(store);
}
