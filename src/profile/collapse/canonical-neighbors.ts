import type { NetworkNeighbor } from '#model/profile.js';
import { canonicalJson } from '../checksum.ts';
import { isRecord } from '../is-record.ts';
import { sortedUnique } from '../list-merge.ts';
import { compareBytes } from './byte-order.ts';
import { NEIGHBOR_FIELDS, scalarsOf, unitedNames, unitedPorts } from './neighbor-fields.ts';

/**
 * One neighbor for each identifier, with all names, addresses and ports that were said of it; those without
 * one once each. Where they say different things of which a neighbor has one, see `scalarsOf`; another
 * `ipAddress` or `dns` moves to the list. The order of the neighbors makes no difference. By identifier, then
 * address.
 */
export function canonicalNeighbors(
  neighbors: readonly NetworkNeighbor[],
): readonly NetworkNeighbor[] {
  const byIdentifier = Map.groupBy(neighbors, (neighbor) =>
    neighbor.identifier ? `=${neighbor.identifier}` : canonicalJson(joined([neighbor])),
  );
  return [...byIdentifier.values()]
    .map(joined)
    .map((neighbor) => ({ neighbor, key: canonicalJson(neighbor) }))
    .sort(
      ({ neighbor: a, key: keyOfA }, { neighbor: b, key: keyOfB }) =>
        compareBytes(a.identifier, b.identifier) ||
        compareBytes(addressOf(a), addressOf(b)) ||
        compareBytes(keyOfA, keyOfB),
    )
    .map(({ neighbor }) => neighbor);
}

function joined(group: readonly NetworkNeighbor[]): NetworkNeighbor {
  const scalars = scalarsOf(group);
  const others = (field: 'dns' | 'ipAddress') =>
    group.flatMap((neighbor) => neighbor[field] || []).filter((value) => value !== scalars[field]);
  const ipAddresses = sortedUnique([...unitedNames(group, 'ipAddresses'), ...others('ipAddress')]);
  const neighbor = {
    ...scalars,
    dnsNames: sortedUnique([...unitedNames(group, 'dnsNames'), ...others('dns')]),
    ports: unitedPorts(group.flatMap(({ ports }) => ports ?? [])),
    ...(ipAddresses.length > 0 && { ipAddresses }),
  };
  const rank = ([field]: readonly [string, unknown]) => {
    const known = (NEIGHBOR_FIELDS as readonly string[]).indexOf(field);
    return known < 0 ? `~${field}` : String(known);
  };
  const ordered = Object.entries(neighbor).sort((a, b) => compareBytes(rank(a), rank(b)));
  return Object.fromEntries(
    ordered.map(([field, value]) => [
      field,
      // Keys of selectors in order as well.
      isRecord(value) ? JSON.parse(canonicalJson(value)) : value,
    ]),
  ) as unknown as NetworkNeighbor;
}

function addressOf({ ipAddress, ipAddresses }: NetworkNeighbor): string {
  return ipAddress || ipAddresses?.[0] || '';
}
