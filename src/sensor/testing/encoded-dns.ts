import type { DnsEvent } from '#model/raw-event.js';
import { addressBytes } from './address-bytes.ts';

/** What a message is made of; names have their dot at the end. */
export type DnsContent = Pick<DnsEvent, 'name' | 'isAnswer' | 'addresses' | 'ttlSeconds'>;

/** A DNS message as a server would send it: the names of its answers are pointers to the question. */
export function encodeDnsMessage({
  name,
  isAnswer,
  addresses,
  ttlSeconds = 30,
}: DnsContent): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x1234, 0);
  header.writeUInt16BE(isAnswer ? 0x8180 : 0x0100, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  const answers = addresses.map((address) =>
    encodeRecord({ name: Buffer.from([0xc0, 12]), ttlSeconds, ...addressData(address) }),
  );
  return Buffer.concat([header, encodeName(name), Buffer.from([0, 1, 0, 1]), ...answers]);
}

/** A name without pointers. */
export function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

interface DnsRecord {
  readonly name: Buffer;
  readonly type: number;
  readonly ttlSeconds: number;
  readonly data: Buffer;
}

export function encodeRecord({ name, type, ttlSeconds, data }: DnsRecord): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(ttlSeconds, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([name, fixed, data]);
}

function addressData(address: string): Pick<DnsRecord, 'type' | 'data'> {
  return { type: address.includes(':') ? 28 : 1, data: addressBytes(address) };
}
