import { AgentError } from '#model/agent-error.js';
import type { NetworkPeer } from '#model/raw-event.js';
import { isRecord } from '#profile/is-record.js';
import { textsOf } from './peer-texts.ts';

/** A service as the other side of connections. Nothing else of it is kept. */
export interface PeerService {
  readonly uid: string;
  /** Its own in the cluster: none of a headless one. Those by which it is reached from outside are not kept (docs/peers.md). */
  readonly addresses: readonly string[];
  readonly peer: NetworkPeer;
}

/** Reads a service as the API server has it. Throws `invalid`, naming the field, for what cannot be a service. */
export function parsePeerService({
  metadata: meta,
  spec: body,
}: Readonly<Record<string, unknown>>): PeerService {
  const { namespace, name, uid, labels } = isRecord(meta) ? meta : {};
  if (typeof namespace !== 'string' || typeof name !== 'string') {
    throw new AgentError(
      'invalid',
      'service: metadata.namespace and metadata.name: expected texts',
    );
  }
  const spec = isRecord(body) ? body : {};
  return {
    uid: String(uid ?? ''),
    addresses: addressesOf([spec['clusterIP'], ...listOf(spec['clusterIPs'])]),
    peer: {
      kind: 'service',
      namespace,
      name,
      selector: textsOf(spec['selector']),
      // Profiles describe this one service by its labels: it selects no pods.
      ...(namespace === 'default' && name === 'kubernetes' && { labels: textsOf(labels) }),
    },
  };
}

/** A headless service has `None` for its address. */
function addressesOf(values: readonly unknown[]): readonly string[] {
  const texts = values.filter((each) => typeof each === 'string');
  return [...new Set(texts)].filter((each) => each !== '' && each !== 'None');
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
