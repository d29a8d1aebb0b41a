import type { LabelSelector, NetworkNeighbor, NetworkPort } from '#model/profile.js';
import { canonicalJson } from './checksum.ts';
import { joinedBy, sortedUnique } from './list-merge.ts';

/** One neighbor for each identifier: all its names, addresses and ports, the rest as first seen. */
export function uniqueNeighbors(neighbors: readonly NetworkNeighbor[]): readonly NetworkNeighbor[] {
  return joinedBy(neighbors, identifierOf, joinNeighbors);
}

/**
 * A person's neighbors laid over a profile's. One with an identifier that is there adds its names,
 * addresses and ports to it, and wins where both say something else; the others are appended.
 */
export function overlaidNeighbors(
  base: readonly NetworkNeighbor[],
  overlay: readonly NetworkNeighbor[],
): readonly NetworkNeighbor[] {
  return joinedBy([...base, ...overlay], identifierOf, overlayNeighbor);
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

function identifierOf({ identifier }: NetworkNeighbor): string {
  return identifier;
}

function joinNeighbors(first: NetworkNeighbor, other: NetworkNeighbor): NetworkNeighbor {
  return {
    ...first,
    ...joinedNames(first, other),
    ports: joinedPorts(first.ports ?? [], other.ports ?? []),
  };
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

/** One port for each name; those of `winning` stand for their names. */
function joinedPorts(
  winning: readonly NetworkPort[],
  other: readonly NetworkPort[],
): readonly NetworkPort[] {
  return joinedBy(
    [...winning, ...other],
    ({ name }) => name,
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
