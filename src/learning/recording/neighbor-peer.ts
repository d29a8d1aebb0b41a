import { createHash } from 'node:crypto';
import type { LabelSelector, NetworkNeighbor } from '#model/profile.js';
import type { NetworkEvent, NetworkPeer } from '#model/raw-event.js';
import { formatIpNetwork, parseIpAddress } from '#profile/ip-address.js';

/** Labels that change with every roll-out of a workload. */
const HASH_LABELS: ReadonlySet<string> = new Set([
  'controller-revision-hash',
  'pod-template-generation',
  'pod-template-hash',
]);
const NAMESPACE_LABEL = 'kubernetes.io/metadata.name';
/** The labels that every cluster's own API service has; it selects no pods. */
const API_SERVICE_LABELS = { component: 'apiserver', provider: 'kubernetes' };

/** Who is on the other side, apart from ports and names. */
export type Peer = Pick<
  NetworkNeighbor,
  'type' | 'ipAddress' | 'podSelector' | 'namespaceSelector'
>;

/**
 * The other side of a connection as a profile describes it: a pod by its labels, a service by what it
 * selects, the API service by its labels and address, anything else by its address. What has no labels
 * is described by its address too, for an empty selector means every pod. Undefined for the container's
 * own host (loopback) and for what is no address.
 */
export function peerOf(event: NetworkEvent, ownNamespace: string): Peer | undefined {
  const address = parseIpAddress(event.address);
  if (address === undefined) return undefined;
  const ipAddress = formatIpNetwork({ base: address, bits: 128 });
  if (isLoopback(ipAddress)) return undefined;
  const { peer } = event;
  if (peer === undefined) return { type: 'external', ipAddress };
  const isApi = peer.kind === 'service' && isApiService(peer);
  const labels = isApi ? (peer.labels ?? API_SERVICE_LABELS) : selectedLabels(peer);
  if (Object.keys(labels).length === 0) return { type: 'internal', ipAddress };
  return {
    type: 'internal',
    ...(isApi && { ipAddress }),
    podSelector: { matchLabels: labels },
    ...(peer.namespace !== ownNamespace && {
      namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: peer.namespace } },
    }),
  };
}

/** 127.0.0.0/8 and ::1. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

/** What makes two connections one neighbor, as text: names of DNS are not in it. */
export function peerKey({ type, ipAddress, podSelector, namespaceSelector }: Peer): string {
  return [type, ipAddress ?? '', selectorText(namespaceSelector), selectorText(podSelector)].join(
    '\n',
  );
}

/**
 * The identifier of a neighbor: sha256 in hex of five lines (type, address, DNS name, namespace selector,
 * pod selector), without a line end after the last. A selector is written `key=value`, sorted by key in
 * code unit order and joined with commas; what is absent is an empty line. The same on every node.
 */
export function neighborIdentifier(peer: Peer, dns: string): string {
  const { type, ipAddress, podSelector, namespaceSelector } = peer;
  const lines = [
    type,
    ipAddress ?? '',
    dns,
    selectorText(namespaceSelector),
    selectorText(podSelector),
  ];
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

function isApiService({ namespace, name }: NetworkPeer): boolean {
  return namespace === 'default' && name === 'kubernetes';
}

function selectedLabels(peer: NetworkPeer): Readonly<Record<string, string>> {
  if (peer.kind === 'service') return peer.selector ?? {};
  return Object.fromEntries(
    Object.entries(peer.labels ?? {}).filter(([name]) => !HASH_LABELS.has(name)),
  );
}

function selectorText(selector: LabelSelector | null | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {});
  return labels
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}
