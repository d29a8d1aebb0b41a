import { AgentError } from '#model/agent-error.js';

/** A workload in a fleet of clusters. */
export interface Wlid {
  readonly cluster: string;
  /** Empty for what has no namespace. */
  readonly namespace: string;
  /** As it was made: any case. As it was read: lower case. */
  readonly kind: string;
  readonly name: string;
}

/** `wlid://cluster-<cluster>/namespace-<namespace>/<kind>-<name>`, the kind in lower case without `-`. */
export function formatWlid({ cluster, namespace, kind, name }: Wlid): string {
  const plainKind = kind.toLowerCase().replaceAll('-', '');
  return `wlid://cluster-${cluster}/namespace-${namespace}/${plainKind}-${name}`;
}

/** Reads what {@link formatWlid} wrote. Throws `invalid`. */
export function parseWlid(text: string): Wlid {
  const match = /^wlid:\/\/cluster-([^/]*)\/namespace-([^/]*)\/([^/-]+)-([^/]+)$/.exec(text);
  if (match === null) {
    throw new AgentError(
      'invalid',
      `wlid "${text}": expected wlid://cluster-<cluster>/namespace-<namespace>/<kind>-<name>`,
    );
  }
  const [, cluster = '', namespace = '', kind = '', name = ''] = match;
  return { cluster, namespace, kind, name };
}

/** The wlid without its cluster: `namespace-<namespace>/<kind>-<name>`. */
export function wlidWithoutCluster(wlid: string): string {
  return wlid.replace(/^wlid:\/\/cluster-[^/]*\//, '');
}
