import { parseIpAddress } from '#profile/ip-address.js';

/** The bytes of an address: four, or sixteen of one that is written with colons. */
export function addressBytes(text: string): Buffer {
  const words = parseIpAddress(text);
  if (words === undefined) throw new Error(`no address: ${text}`);
  const bytes = Buffer.alloc(16);
  for (const [index, word] of words.entries()) bytes.writeUInt32BE(word, 4 * index);
  return text.includes(':') ? bytes : bytes.subarray(12);
}
