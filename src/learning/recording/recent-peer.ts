import type { NetworkPeer } from '#model/raw-event.js';
import type { SharedTexts } from './shared-texts.ts';

/** Kind, namespace, name of a service, then names and values of labels, `undefined`, and the same of the selector. */
export type RecentPeer = readonly (string | undefined)[];

/**
 * What a peer is described by, in one piece of memory. A pod's name is not in it: its labels describe it,
 * and they can be changed while it runs.
 */
export function recentPeer(
  { kind, namespace, name, labels, selector }: NetworkPeer,
  texts: SharedTexts,
): RecentPeer {
  const pairs = (of: NetworkPeer['labels']) => Object.entries(of ?? {}).flat();
  const all = [...pairs(labels), undefined, ...pairs(selector)].map(
    (text) => text && texts.of(text),
  );
  return [kind, texts.of(namespace), kind === 'pod' ? '' : texts.of(name), ...all];
}

/** Whether the peer is described alike; false too when the same labels come in another order. */
export function isRecentPeer(
  known: RecentPeer,
  { kind, namespace, name, labels, selector }: NetworkPeer,
): boolean {
  if (known[0] !== kind || known[1] !== namespace) return false;
  if (kind !== 'pod' && known[2] !== name) return false;
  const end = endOf(known, labels, 3);
  if (end < 0 || known[end] !== undefined) return false;
  return endOf(known, selector, end + 1) === known.length;
}

/** The place behind the pairs if they stand from there on, else -1. */
function endOf(known: RecentPeer, pairs: NetworkPeer['labels'], from: number): number {
  let at = from;
  if (pairs === undefined) return at;
  for (const name in pairs) {
    if (known[at] !== name || known[at + 1] !== pairs[name]) return -1;
    at += 2;
  }
  return at;
}
