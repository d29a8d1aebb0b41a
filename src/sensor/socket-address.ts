/**
 * Four bytes as an IPv4 address, or sixteen as an IPv6 address in the form of RFC 5952: lower case, and the
 * first longest run of two or more zero groups is `::`. An IPv4 address within IPv6 (`::ffff:a.b.c.d`) is
 * written as what it is.
 */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  if (isMapped(bytes)) return bytes.subarray(12).join('.');
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  const { start, length } = longestZeroes(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups);
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/**
 * True for addresses that do not leave this host or the networks that it is in: unspecified, loopback,
 * private (RFC 1918, RFC 4193), shared (RFC 6598) and link-local ones.
 */
export function isLocalAddress(bytes: Uint8Array): boolean {
  if (bytes.length === 4) return isLocalIpv4(bytes);
  if (isMapped(bytes)) return isLocalIpv4(bytes.subarray(12));
  const [first = 0, second = 0] = bytes;
  if ((first & 0xfe) === 0xfc) return true;
  if (first === 0xfe && (second & 0xc0) === 0x80) return true;
  return bytes.subarray(0, 15).every((byte) => byte === 0) && (bytes[15] ?? 0) <= 1;
}

function isLocalIpv4([first = 0, second = 0]: Uint8Array): boolean {
  if (first === 0 || first === 10 || first === 127) return true;
  if (first === 172) return (second & 0xf0) === 16;
  if (first === 192) return second === 168;
  if (first === 169) return second === 254;
  return first === 100 && (second & 0xc0) === 64;
}

function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0)
  );
}

function longestZeroes(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { start: index - length + 1, length };
  }
  return longest;
}
