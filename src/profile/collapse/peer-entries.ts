import { parseIpNetwork } from '../ip-address.ts';

/** Stands for any address. */
const ANY = '*';

/**
 * What is wrong with an entry of a neighbor's `ipAddresses`; undefined for an address, a network or `*`.
 * Source: ValidateIPEntry of the public storage component.
 */
export function validateAddressEntry(entry: string): string | undefined {
  if (entry === ANY || parseIpNetwork(entry) !== undefined) return undefined;
  if (entry === '') return 'must not be empty';
  return entry.includes('/')
    ? 'must be a network such as 10.0.0.0/8 or 2001:db8::/32'
    : 'must be an IP address, a network or *';
}

/**
 * What is wrong with an entry of a neighbor's `dnsNames`; undefined for a name, with or without a dot at the
 * end, in which `⋯` may be any label and `*` the first or the last of several. Source: ValidateDNSEntry, as above.
 */
export function validateDomainEntry(entry: string): string | undefined {
  const name = entry.endsWith('.') ? entry.slice(0, -1) : entry;
  if (name === '') return 'must not be empty';
  const labels = name.split('.');
  const last = labels.length - 1;
  if (labels.includes('')) return 'must not have an empty label';
  if (labels.includes('**')) return 'must not have a label **';
  if (name === ANY) return 'must have a label beside *';
  if (labels.some((label, i) => label === ANY && i > 0 && i < last)) {
    return 'may have * only as its first or last label; ⋯ stands for one label elsewhere';
  }
  return undefined;
}
