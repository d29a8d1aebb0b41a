import { type IpNetwork, parseIpAddress, parseIpNetwork, sharedBits } from '#profile/ip-address.js';

/** Loopback, private and link-local networks, multicast and what is reserved, of IPv4 and IPv6. */
const PRIVATE: readonly IpNetwork[] = [
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'],
  ...['224.0.0.0/4', '240.0.0.0/4', '::1', 'fc00::/7', 'fe80::/10', 'ff00::/8'],
].flatMap((text) => parseIpNetwork(text) ?? []);

/**
 * True for addresses that are not of the public Internet. IPv4 within IPv6 (`::ffff:10.0.0.1`) counts as
 * what it is; an interface behind `%` (`fe80::1%eth0`) does not count. False for a text that is no address.
 */
export function isPrivateAddress(text: string): boolean {
  const address = parseIpAddress(withoutZone(text));
  if (address === undefined) return false;
  for (const { base, bits } of PRIVATE) if (sharedBits(address, base) >= bits) return true;
  return false;
}

/** Only addresses of IPv6 can have a zone. */
function withoutZone(text: string): string {
  const at = text.indexOf('%');
  return at > 0 && at < text.length - 1 && text.includes(':') ? text.slice(0, at) : text;
}
