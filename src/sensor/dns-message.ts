import { formatAddress } from './socket-address.ts';

/** What is told of a DNS message (RFC 1035). */
export interface DnsMessage {
  readonly isAnswer: boolean;
  /** The first question, in lower case with the dot at its end; empty when there is none that can be read. */
  readonly name: string;
  /** Of the A and AAAA records of an answer, as far as they can be read. */
  readonly addresses: readonly string[];
  /** The least of those and of the CNAMEs that lead to them; absent when there is no address. */
  readonly ttlSeconds?: number;
}

/** Something that could not be read: what the frame does not hold, or what is no DNS message. */
export const NO_DNS_MESSAGE: DnsMessage = { isAnswer: false, name: '', addresses: [] };

const HEADER_BYTES = 12;
const LENGTH_BYTES = 2;
const ANSWER_BIT = 0x80;
const OPCODE_BITS = 0x78;
const TYPE = { a: 1, cname: 5, aaaa: 28 } as const;
const INTERNET_CLASS = 1;
/** RFC 1035 3.1: a name has at most 255 bytes. */
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
/** RFC 1035 4.1.4. */
const POINTER_BITS = 0xc0;
/** More than any server sends, and fewer than make a message worth an attack. */
const MAX_RECORDS = 256;
const LARGEST_TTL = 0x7fffffff;

/**
 * Reads the beginning of a DNS message that went over UDP. Never throws: what is cut off or wrong ends the
 * reading, and what was read before is told.
 */
export function parseDnsMessage(bytes: Uint8Array): DnsMessage {
  const reader = new DnsReader(bytes);
  if (!reader.isMessage()) return NO_DNS_MESSAGE;
  const isAnswer = reader.isAnswer();
  const name = reader.question();
  if (name === undefined) return { ...NO_DNS_MESSAGE, isAnswer };
  if (!isAnswer) return { isAnswer, name, addresses: [] };
  return { isAnswer, name, ...reader.addresses() };
}

/**
 * The same for TCP, where the length stands before the message. Programs that read the two by themselves
 * are told of in two pieces: the length alone is nothing, and the message stands alone.
 */
export function parseDnsStream(bytes: Uint8Array): DnsMessage {
  const length = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const behindLength = parseDnsMessage(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  return behindLength.name === '' ? parseDnsMessage(bytes) : behindLength;
}

/** A standard query (or its answer) with one question, which is what clients and servers send. */
function isHeader(bytes: Uint8Array): boolean {
  return (
    bytes.length >= HEADER_BYTES &&
    ((bytes[2] ?? 0) & OPCODE_BITS) === 0 &&
    bytes[4] === 0 &&
    bytes[5] === 1
  );
}

/** A part of a name. */
interface Labels {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly pointer: number | undefined;
}

class DnsReader {
  readonly #bytes: Uint8Array;
  #at = HEADER_BYTES;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isMessage(): boolean {
    return isHeader(this.#bytes);
  }

  isAnswer(): boolean {
    return ((this.#bytes[2] ?? 0) & ANSWER_BIT) !== 0;
  }

  /** The name of the first question; undefined when it cannot be read whole. */
  question(): string | undefined {
    const name = this.#name();
    // Its type and class.
    this.#at += 4;
    return name;
  }

  /** The addresses of the answers, from behind the question on. */
  addresses(): Pick<DnsMessage, 'addresses' | 'ttlSeconds'> {
    const addresses: string[] = [];
    let ttlSeconds = LARGEST_TTL;
    const count = Math.min(this.#uint16(6) ?? 0, MAX_RECORDS);
    for (let index = 0; index < count; index += 1) {
      const record = this.#record();
      if (record === undefined) break;
      const { type, ttl, data } = record;
      const isAddress =
        (type === TYPE.a && data.length === 4) || (type === TYPE.aaaa && data.length === 16);
      if (isAddress) addresses.push(formatAddress(data));
      if (isAddress || type === TYPE.cname) ttlSeconds = Math.min(ttlSeconds, ttl);
    }
    return addresses.length > 0 ? { addresses, ttlSeconds } : { addresses };
  }

  /** The record that starts here; undefined when it is not whole. */
  #record(): { type: number; ttl: number; data: Uint8Array } | undefined {
    if (this.#name() === undefined) return undefined;
    const type = this.#uint16(this.#at);
    const recordClass = this.#uint16(this.#at + 2);
    const ttlHigh = this.#uint16(this.#at + 4) ?? 0;
    const ttlLow = this.#uint16(this.#at + 6) ?? 0;
    const size = this.#uint16(this.#at + 8);
    const start = this.#at + 10;
    if (type === undefined || size === undefined || start + size > this.#bytes.length) {
      return undefined;
    }
    this.#at = start + size;
    const ttl = ttlHigh * 0x10000 + ttlLow;
    return {
      type: recordClass === INTERNET_CLASS ? type : 0,
      // RFC 2181 8: the highest bit set means zero.
      ttl: ttl > LARGEST_TTL ? 0 : ttl,
      data: this.#bytes.subarray(start, this.#at),
    };
  }

  /**
   * The name that starts here, which is left behind; undefined when it is not one. Pointers lead backwards,
   * to before where the part that they end began, so that following them ends.
   */
  #name(): string | undefined {
    const labels = this.#labels(this.#at);
    if (labels === undefined) return undefined;
    this.#at = labels.end;
    let { text, pointer } = labels;
    let nameBytes = labels.end - labels.start;
    for (let limit = labels.start; pointer !== undefined; ) {
      const next = pointer < limit ? this.#labels(pointer) : undefined;
      if (next === undefined) return undefined;
      nameBytes += next.end - next.start;
      if (nameBytes > MAX_NAME_BYTES) return undefined;
      text += next.text;
      limit = next.start;
      pointer = next.pointer;
    }
    return text === '' ? '.' : text;
  }

  /** The labels from `start` to the end of the name or to the pointer that goes on; undefined when they do not end. */
  #labels(start: number): Labels | undefined {
    let text = '';
    let at = start;
    while (at - start < MAX_NAME_BYTES) {
      const length = this.#bytes[at];
      if (length === undefined) return undefined;
      if (length === 0) return { text, start, end: at + 1, pointer: undefined };
      if (length >= POINTER_BITS) {
        const low = this.#bytes[at + 1];
        if (low === undefined) return undefined;
        return { text, start, end: at + 2, pointer: ((length & ~POINTER_BITS) << 8) | low };
      }
      const end = at + 1 + length;
      if (length > MAX_LABEL_BYTES || end > this.#bytes.length) return undefined;
      text += `${formatLabel(this.#bytes.subarray(at + 1, end))}.`;
      at = end;
    }
    return undefined;
  }

  #uint16(at: number): number | undefined {
    const low = this.#bytes[at + 1];
    return low === undefined ? undefined : ((this.#bytes[at] ?? 0) << 8) | low;
  }
}

const CODE = { space: 0x20, dot: 0x2e, upperA: 0x41, upperZ: 0x5a, backslash: 0x5c, delete: 0x7f };

/** As master files write it (RFC 1035 5.1), so that a dot within a label is not one between two. */
function formatLabel(label: Uint8Array): string {
  let text = '';
  for (const code of label) {
    if (code >= CODE.upperA && code <= CODE.upperZ) text += String.fromCharCode(code | 0x20);
    else if (code === CODE.dot || code === CODE.backslash) text += `\\${String.fromCharCode(code)}`;
    else if (code <= CODE.space || code >= CODE.delete)
      text += `\\${String(code).padStart(3, '0')}`;
    else text += String.fromCharCode(code);
  }
  return text;
}
