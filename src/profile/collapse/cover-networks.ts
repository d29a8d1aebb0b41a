import {
  formatIpNetwork,
  type IpNetwork,
  maskedIp,
  parseIpNetwork,
  sharedBits,
} from '../ip-address.ts';

/** Bits before an IPv4 address, and all of one with them. */
const V4_OFFSET = 96;
const ALL_BITS = 128;

/** An IPv4 address as itself, or undefined: a network, `*`, IPv6 or nothing of the kind. */
export function v4Host(text: string): IpNetwork | undefined {
  return text.includes(':') || text.includes('/') ? undefined : parseIpNetwork(text);
}

/** An IPv4 network written with its bits, or undefined. */
export function v4Network(text: string): IpNetwork | undefined {
  return text.includes(':') || !text.includes('/') ? undefined : parseIpNetwork(text);
}

/** True when every address of `inner` is one of `outer`. */
export function containsNetwork(outer: IpNetwork, inner: IpNetwork): boolean {
  return outer.bits <= inner.bits && sharedBits(outer.base, inner.base) >= outer.bits;
}

/** `10.0.0.0/26`; with its bits even when it is one address. */
export function networkText(network: IpNetwork): string {
  return network.bits === ALL_BITS ? `${formatIpNetwork(network)}/32` : formatIpNetwork(network);
}

/**
 * IPv4 networks that hold all the given ones: the smallest single one, unless that is wider than
 * `floorBits`; else those of `floorBits` that are needed. Adding to what was made so gives the same
 * as making it of all at once.
 */
export function coverNetworks(
  given: readonly IpNetwork[],
  floorBits: number,
): readonly IpNetwork[] {
  const [first] = given;
  if (first === undefined) return [];
  const floor = floorBits + V4_OFFSET;
  const common = given.reduce(
    (bits, { base, bits: own }) => Math.min(bits, own, sharedBits(first.base, base)),
    ALL_BITS,
  );
  if (common >= floor) return [networkOf(first, common)];
  const buckets = given.map((network) => networkOf(network, floor));
  return [...new Map(buckets.map((network) => [networkText(network), network])).values()];
}

/** The networks without those that lie in another, once each. */
export function widestNetworks(networks: readonly IpNetwork[]): readonly IpNetwork[] {
  const kept: IpNetwork[] = [];
  const byPlace = [...networks].sort((a, b) => a.base[3] - b.base[3] || a.bits - b.bits);
  for (const network of byPlace) {
    // Networks nest or are apart, so one that holds this is the last that was kept.
    const last = kept.at(-1);
    if (last === undefined || !containsNetwork(last, network)) kept.push(network);
  }
  return kept;
}

function networkOf({ base }: IpNetwork, bits: number): IpNetwork {
  return { base: maskedIp(base, bits), bits };
}
