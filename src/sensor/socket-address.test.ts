import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatAddress, isLocalAddress } from './socket-address.ts';
import { addressBytes } from './testing/address-bytes.ts';

describe('formatAddress', () => {
  it('writes IPv4 with dots', () => {
    assert.equal(formatAddress(Uint8Array.of(10, 0, 255, 1)), '10.0.255.1');
  });

  it('writes IPv6 as RFC 5952 says', () => {
    for (const [given, text] of [
      ['2001:0db8:0:0:0:0:2:1', '2001:db8::2:1'],
      ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
      ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
      ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
      ['2001:DB8:A:B:C:D:E:F', '2001:db8:a:b:c:d:e:f'],
      ['0:0:0:0:0:0:0:0', '::'],
      ['0:0:0:0:0:0:0:1', '::1'],
      ['1:0:0:0:0:0:0:0', '1::'],
      ['fe80:0:0:0:1:2:3:4', 'fe80::1:2:3:4'],
    ] as const) {
      assert.equal(formatAddress(addressBytes(given)), text);
    }
  });

  it('writes an IPv4 address within IPv6 as what it is', () => {
    assert.equal(formatAddress(addressBytes('::ffff:10.0.0.8')), '10.0.0.8');
    assert.equal(formatAddress(addressBytes('::fffe:a00:8')), '::fffe:a00:8');
  });

  it('gives a text that means the same bytes', () => {
    const word = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(word, { minLength: 8, maxLength: 8 }), (words) => {
        const bytes = Buffer.alloc(16);
        for (const [index, value] of words.entries()) bytes.writeUInt16BE(value, 2 * index);
        const text = formatAddress(bytes);
        assert.deepEqual(addressBytes(text.includes(':') ? text : `::ffff:${text}`), bytes);
      }),
    );
  });
});

describe('isLocalAddress', () => {
  it('knows the addresses that stay in the networks around', () => {
    const local = [
      ...['127.0.0.1', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.9.9', '169.254.1.1'],
      ...['100.64.0.1', '0.0.0.0', '::1', '::', 'fd00::1', 'fe80::1', '::ffff:10.0.0.1'],
    ];
    for (const text of local) assert.equal(isLocalAddress(addressBytes(text)), true, text);
  });

  it('knows the others', () => {
    const others = [
      ...['8.8.8.8', '172.32.0.1', '172.15.0.1', '192.169.0.1', '100.128.0.1', '11.0.0.1'],
      ...['2001:db8::1', '::2', 'fec0::1', '::ffff:8.8.8.8'],
    ];
    for (const text of others) assert.equal(isLocalAddress(addressBytes(text)), false, text);
  });
});
