import type { NetworkNeighbor } from '#model/profile.js';
import { canonicalJson } from '../checksum.ts';
import type { IpNetwork } from '../ip-address.ts';
import type { CollapseSettings } from './collapse-settings.ts';
import { coverNetworks, networkText, v4Host, v4Network, widestNetworks } from './cover-networks.ts';
import {
  NEIGHBOR_FIELDS,
  networkIdentifier,
  scalarsOf,
  unitedNames,
  unitedPorts,
} from './neighbor-fields.ts';

type NetworkSettings = Pick<CollapseSettings, 'networkIpGroupThreshold' | 'networkCidrFloorBits'>;

/** Bits of an IPv4 address in the form of IPv6. */
const V4_OFFSET = 96;

/** What a neighbor says beside its addresses, names and ports, and what tells kinds of neighbors apart. */
const KNOWN_FIELDS: ReadonlySet<string> = new Set(NEIGHBOR_FIELDS);

/**
 * Neighbors with many IPv4 addresses of one kind (type, `dns` and selectors) made networks. A kind with more
 * addresses than the threshold becomes networks no wider than the floor, one neighbor each, that have all
 * names and ports of the kind. Such a kind stays so: what is added later goes into its networks, or
 * makes the ones that would have been made of all at once. `*`, IPv6 and neighbors without an address
 * stay as they are, and so does one with a field that is not known here.
 *
 * Source: the public storage component's collapse of addresses; there, what is added later waits for the
 * threshold once more.
 */
export function collapseNeighbors(
  neighbors: readonly NetworkNeighbor[],
  settings: NetworkSettings,
): readonly NetworkNeighbor[] {
  const kinds = Map.groupBy(neighbors, ({ type, dns, podSelector, namespaceSelector, ...rest }) => {
    return canonicalJson([
      type,
      dns ?? '',
      podSelector ?? {},
      namespaceSelector ?? {},
      otherFields(rest),
    ]);
  });
  return [...kinds.values()].flatMap((kind) => collapseKind(kind, settings));
}

/** A neighbor's addresses by what becomes of them. */
interface Addresses {
  readonly neighbor: NetworkNeighbor;
  readonly hosts: readonly IpNetwork[];
  readonly networks: readonly IpNetwork[];
  readonly others: readonly string[];
}

function collapseKind(
  kind: readonly NetworkNeighbor[],
  { networkIpGroupThreshold, networkCidrFloorBits }: NetworkSettings,
): readonly NetworkNeighbor[] {
  if (otherFields(kind[0] ?? {}).length > 0) return kind;
  const all = kind.map(addressesOf);
  const hosts = new Map(all.flatMap((one) => one.hosts.map((host) => [host.base[3], host])));
  if (hosts.size <= networkIpGroupThreshold && !kind.some(isCollapsed)) return kind;
  const floor = networkCidrFloorBits + V4_OFFSET;
  const isWide = ({ bits }: IpNetwork) => bits < floor;
  const [own, foreign] = [true, false].map((isOwn) =>
    all.filter(({ neighbor }) => isCollapsed(neighbor) === isOwn).flatMap((one) => one.networks),
  ) as [IpNetwork[], IpNetwork[]];
  // A network of another setting that is wider than the floor stays: what it held is not known any more.
  const kept = [...foreign, ...own.filter(isWide)];
  const inside = [...hosts.values(), ...own.filter((network) => !isWide(network))];
  const made = coverNetworks(inside, networkCidrFloorBits);
  const counted = all.filter((one) => one.hosts.length + one.networks.length > 0);
  const scalars = scalarsOf(kind);
  const united = {
    dnsNames: unitedNames(
      counted.map(({ neighbor }) => neighbor),
      'dnsNames',
    ),
    ports: unitedPorts(counted.flatMap(({ neighbor }) => neighbor.ports ?? [])),
  };
  return [
    ...all.flatMap(remainderOf),
    ...widestNetworks([...kept, ...made]).map((network) =>
      networkNeighbor(scalars, networkText(network), united),
    ),
  ];
}

function otherFields(neighbor: object): readonly unknown[] {
  return Object.entries(neighbor).filter(([field, value]) => !KNOWN_FIELDS.has(field) && value);
}

/** True for what {@link collapseNeighbors} made: its identifier says so. */
function isCollapsed(neighbor: NetworkNeighbor): boolean {
  const [network, ...others] = neighbor.ipAddresses ?? [];
  return (
    network !== undefined &&
    others.length === 0 &&
    !neighbor.ipAddress &&
    neighbor.identifier === networkIdentifier(neighbor, network)
  );
}

function addressesOf(neighbor: NetworkNeighbor): Addresses {
  const hosts: IpNetwork[] = [];
  const networks: IpNetwork[] = [];
  const others: string[] = [];
  const { ipAddress, ipAddresses } = neighbor;
  for (const text of [...(ipAddress ? [ipAddress] : []), ...(ipAddresses ?? [])]) {
    const host = v4Host(text);
    const network = v4Network(text);
    if (host !== undefined) hosts.push(host);
    else if (network !== undefined) networks.push(network);
    else others.push(text);
  }
  return { neighbor, hosts, networks, others };
}

/** The neighbor without its IPv4 addresses and networks; none when nothing is left. */
function remainderOf({ neighbor, hosts, networks, others }: Addresses): readonly NetworkNeighbor[] {
  if (hosts.length + networks.length === 0) return [neighbor];
  if (others.length === 0) return [];
  const { ipAddress, ipAddresses: _, ...rest } = neighbor;
  const isKept = ipAddress !== undefined && others.includes(ipAddress);
  const listed = others.filter((text) => !isKept || text !== ipAddress);
  return [
    {
      ...rest,
      ...(isKept && { ipAddress }),
      ...(listed.length > 0 && { ipAddresses: listed }),
    },
  ];
}

function networkNeighbor(
  { type, dns, podSelector, namespaceSelector }: NetworkNeighbor,
  network: string,
  united: Pick<NetworkNeighbor, 'dnsNames' | 'ports'>,
): NetworkNeighbor {
  const fields = {
    type,
    ...(dns !== undefined && { dns }),
    ...united,
    ...(podSelector !== undefined && { podSelector }),
    ...(namespaceSelector !== undefined && { namespaceSelector }),
    ipAddresses: [network],
  };
  return { identifier: networkIdentifier({ identifier: '', ...fields }, network), ...fields };
}
