/** An IP address as four words of 32 bits, the highest first. IPv4 is `::ffff:a.b.c.d`. */
export type IpAddress = readonly [number, number, number, number];

/** The addresses that share their first `bits` bits with `base`, whose other bits are zero. */
export interface IpNetwork {
  readonly base: IpAddress;
  /** 0 to 128; of an IPv4 network 96 more than is written. */
  readonly bits: number;
}

/** Bits before an IPv4 address, and the third word of one. */
const V4_OFFSET = 96;
const V4_MARK = 0xffff;
const ALL_BITS = 128;
/** Character codes. */
const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** The address that a text is: IPv4 or IPv6, without a zone; undefined when it is none. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const v4 = parseV4(text);
    return v4 === undefined ? undefined : [0, 0, V4_MARK, v4];
  }
  const groups = parseV6(text);
  if (groups === undefined) return undefined;
  const word = (i: number) => (((groups[i] ?? 0) << 16) | (groups[i + 1] ?? 0)) >>> 0;
  return [word(0), word(2), word(4), word(6)];
}

/** An address, or a network written `address/bits`; undefined when the text is neither. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const slash = text.indexOf('/');
  const written = slash < 0 ? text : text.slice(0, slash);
  const address = parseIpAddress(written);
  if (address === undefined) return undefined;
  if (slash < 0) return { base: address, bits: ALL_BITS };
  const isV4 = !written.includes(':');
  const bits = parseDecimal(text.slice(slash + 1), isV4 ? 32 : ALL_BITS);
  if (bits === undefined) return undefined;
  const allBits = isV4 ? bits + V4_OFFSET : bits;
  return { base: maskedIp(address, allBits), bits: allBits };
}

/** The address with all but its first bits zero. */
export function maskedIp(address: IpAddress, bits: number): IpAddress {
  if (bits === ALL_BITS) return address;
  return [
    (address[0] & mask(bits)) >>> 0,
    (address[1] & mask(bits - 32)) >>> 0,
    (address[2] & mask(bits - 64)) >>> 0,
    (address[3] & mask(bits - 96)) >>> 0,
  ];
}

/** True for IPv4, however it was written. */
export function isV4([a, b, c]: IpAddress): boolean {
  return a === 0 && b === 0 && c === V4_MARK;
}

/** How many bits two addresses share from the start. */
export function sharedBits(a: IpAddress, b: IpAddress): number {
  for (let i = 0; i < a.length; i += 1) {
    const difference = (a[i] ?? 0) ^ (b[i] ?? 0);
    if (difference !== 0) return 32 * i + Math.clz32(difference);
  }
  return ALL_BITS;
}

/** The usual form: `10.0.0.1`, `2001:db8::/32`. The number of bits is left out when it is all. */
export function formatIpNetwork({ base, bits }: IpNetwork): string {
  const isShort = isV4(base) && bits >= V4_OFFSET;
  const text = isShort ? formatV4(base[3]) : formatV6(base);
  if (bits === ALL_BITS) return text;
  return `${text}/${isShort ? bits - V4_OFFSET : bits}`;
}

function mask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}

/** Four decimals, each as {@link parseDecimal} reads it. Asked for every event on the network. */
function parseV4(text: string): number | undefined {
  let address = 0;
  let byte = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i <= text.length; i += 1) {
    const code = i < text.length ? text.charCodeAt(i) : DOT;
    if (code === DOT) {
      if (digits === 0 || byte > 255) return undefined;
      address = address * 256 + byte;
      dots += 1;
      byte = 0;
      digits = 0;
      continue;
    }
    const isZeroInFront = digits > 0 && byte === 0;
    if (code < ZERO || code > NINE || isZeroInFront || digits === 3) return undefined;
    byte = byte * 10 + code - ZERO;
    digits += 1;
  }
  return dots === 4 ? address : undefined;
}

/** Without a sign, and without a zero in front, which some read as octal. */
function parseDecimal(text: string, max: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}

function parseV6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, i) => parseGroups(half, i === halves.length - 1));
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  // `::` stands for at least one group of zeros.
  if (tail === undefined || head.length + tail.length > 7) return undefined;
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail];
}

/** The groups between colons; the last of all may be two groups written as IPv4. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const v4 = isLast && i === parts.length - 1 ? parseV4(part) : undefined;
    if (v4 === undefined) return undefined;
    groups.push(v4 >>> 16, v4 & 0xffff);
  }
  return groups;
}

function formatV4(word: number): string {
  return [word >>> 24, (word >>> 16) & 0xff, (word >>> 8) & 0xff, word & 0xff].join('.');
}

/** RFC 5952: the longest run of two or more zero groups, the first of equals, becomes `::`. */
function formatV6(address: IpAddress): string {
  const groups = address.flatMap((word) => [word >>> 16, word & 0xffff]);
  const text = groups.map((group) => group.toString(16)).join(':');
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (longest === undefined) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  const after = text.slice(longest.index + longest[0].length).replace(/^:/, '');
  return `${before}::${after}`;
}
