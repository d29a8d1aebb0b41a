import { AgentError } from '#model/agent-error.js';
import type { NetworkPeer } from '#model/raw-event.js';
import { isRecord } from '#profile/is-record.js';
import { parseTimestamp } from '#runtime/timestamp.js';
import { textsOf, valuesOf } from './peer-texts.ts';

/** A pod as the other side of connections. Nothing else of it is kept. */
export interface PeerPod {
  readonly uid: string;
  /** Those that are its own: none for a pod on its node's network, whose addresses belong to many. */
  readonly addresses: readonly string[];
  /** Milliseconds since the Unix epoch; 0 when it has not begun. */
  readonly startedAtMs: number;
  readonly peer: NetworkPeer;
}

/** Phases in which a pod's addresses may belong to another one already. */
const ENDED: ReadonlySet<unknown> = new Set(['Succeeded', 'Failed']);

/** Reads a pod as the API server has it. Throws `invalid`, naming the field, for what cannot be a pod. */
export function parsePeerPod({
  metadata: meta,
  spec,
  status,
}: Readonly<Record<string, unknown>>): PeerPod {
  const { namespace, name, uid, labels } = isRecord(meta) ? meta : {};
  const { podIP, podIPs, phase, startTime } = isRecord(status) ? status : {};
  if (typeof namespace !== 'string' || typeof name !== 'string') {
    throw new AgentError('invalid', 'pod: metadata.namespace and metadata.name: expected texts');
  }
  const isOwn = !ENDED.has(phase) && !(isRecord(spec) && spec['hostNetwork'] === true);
  const addresses = isOwn ? new Set([...valuesOf(podIPs, 'ip'), podIP]) : [];
  return {
    uid: String(uid ?? ''),
    addresses: [...addresses].filter((each) => typeof each === 'string'),
    startedAtMs: typeof startTime === 'string' ? (parseTimestamp(startTime) ?? 0) : 0,
    peer: { kind: 'pod', namespace, name, labels: textsOf(labels) },
  };
}
