import type { LabelSelector, NetworkNeighbor, NetworkPort } from '#model/profile.js';
import { canonicalJson } from './checksum.ts';
import { joinedBy, sortedUnique } from './list-merge.ts';

/**
 * A person's neighbors laid over a profile's. One with an identifier that is there adds its names,
 * addresses and ports to it, and wins where both say something else; the others are appended, and so is
 * every one without an identifier. The profile's own neighbors are not joined with each other.
 */
export function overlaidNeighbors(
  base: readonly NetworkNeighbor[],
  overlay: readonly NetworkNeighbor[],
): readonly NetworkNeighbor[] {
  const merged: Placed = { neighbors: [...base], places: new Map() };
  base.forEach(({ identifier }, place) => {
    if (identifier && !merged.places.has(identifier)) merged.places.set(identifier, place);
  });
  for (const neighbor of overlay) joinInto(merged, neighbor, overlayNeighbor);
  return merged.neighbors;
}

/** A selector laid over another: its labels win, expressions of both hold. Either may be absent. */
export function overlaidSelector<Base extends LabelSelector>(
  base: Base,
  overlay: LabelSelector,
): Base {
  const expressions = uniqueExpressions([
    ...(base.matchExpressions ?? []),
    ...(overlay.matchExpressions ?? []),
  ]);
  return {
    ...base,
    ...(overlay.matchLabels && { matchLabels: { ...base.matchLabels, ...overlay.matchLabels } }),
    ...(overlay.matchExpressions && { matchExpressions: [...expressions].sort(byContent) }),
  };
}

/** Expressions once each: the order of their values makes no other expression. */
export function uniqueExpressions(expressions: readonly unknown[]): readonly unknown[] {
  return joinedBy(expressions, expressionKey, (first) => first);
}

/** Neighbors, and where that of an identifier stands among them. */
interface Placed {
  readonly neighbors: NetworkNeighbor[];
  readonly places: Map<string, number>;
}

/** Joins a neighbor with the one that stands at the place of its identifier, or appends it. */
function joinInto(
  { neighbors, places }: Placed,
  neighbor: NetworkNeighbor,
  join: (first: NetworkNeighbor, other: NetworkNeighbor) => NetworkNeighbor,
): void {
  const { identifier } = neighbor;
  const place = places.get(identifier);
  const first = place === undefined ? undefined : neighbors[place];
  if (place !== undefined && first !== undefined) {
    neighbors[place] = join(first, neighbor);
    return;
  }
  if (identifier) places.set(identifier, neighbors.length);
  neighbors.push(neighbor);
}

function overlayNeighbor(base: NetworkNeighbor, overlay: NetworkNeighbor): NetworkNeighbor {
  return {
    ...base,
    ...joinedNames(base, overlay),
    ports: joinedPorts(overlay.ports ?? [], base.ports ?? []),
    ...(overlay.type && { type: overlay.type }),
    ...(overlay.ipAddress && { ipAddress: overlay.ipAddress }),
    ...selectorField('podSelector', base, overlay),
    ...selectorField('namespaceSelector', base, overlay),
  };
}

/** The lists of addresses are joined here; the public storage keeps only the first one's. */
function joinedNames(first: NetworkNeighbor, other: NetworkNeighbor): Partial<NetworkNeighbor> {
  const addresses = sortedUnique([...(first.ipAddresses ?? []), ...(other.ipAddresses ?? [])]);
  return {
    dnsNames: sortedUnique([...(first.dnsNames ?? []), ...(other.dnsNames ?? [])]),
    ...(addresses.length > 0 && { ipAddresses: addresses }),
  };
}

/** One port for each name, or for each protocol and number without one; those of `winning` stand for their names. */
function joinedPorts(
  winning: readonly NetworkPort[],
  other: readonly NetworkPort[],
): readonly NetworkPort[] {
  return joinedBy(
    [...winning, ...other],
    ({ name, protocol, port }) => name || `${protocol}-${port}`,
    (first) => first,
  );
}

function selectorField(
  field: 'podSelector' | 'namespaceSelector',
  base: NetworkNeighbor,
  overlay: NetworkNeighbor,
): Partial<NetworkNeighbor> {
  const selector = overlay[field];
  return selector ? { [field]: overlaidSelector(base[field] ?? {}, selector) } : {};
}

function expressionKey(expression: unknown): string {
  const { values, ...rest } = (expression ?? {}) as { readonly values?: unknown };
  const sorted = Array.isArray(values) ? [...values].map(String).sort() : values;
  return canonicalJson({ ...rest, values: sorted });
}

function byContent(a: unknown, b: unknown): number {
  return expressionKey(a) < expressionKey(b) ? -1 : 1;
}
