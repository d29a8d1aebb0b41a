import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatIpNetwork, parseIpAddress, parseIpNetwork } from './ip-address.ts';

function normal(text: string): string | undefined {
  const network = parseIpNetwork(text);
  return network && formatIpNetwork(network);
}

describe('IP addresses', () => {
  for (const [text, expected] of [
    ['10.1.2.3', '10.1.2.3'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:10.1.2.3', '10.1.2.3'],
    ['::FFFF:0a01:0203', '10.1.2.3'],
    ['2001:0DB8:0:0::1', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:0:2:0:0:3:4', '1::2:0:0:3:4'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['10:0:0:0:0:0:0:10', '10::10'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['::/0', '::/0'],
    ['2001:db8:ffff::/33', '2001:db8:8000::/33'],
    ['::ffff:10.9.9.9/104', '10.0.0.0/8'],
    ['::ffff:10.9.9.9/128', '10.9.9.9'],
  ] as const) {
    it(`takes ${text} for ${expected}`, () => assert.equal(normal(text), expected));
  }

  for (const text of [
    ...['', '*', 'x', '10.1.2', '10.1.2.3.4', '10.1.2.256', '010.1.2.3', '10.1.2.3 ', '+1.2.3.4'],
    ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', 'g::1'],
    ...[
      '::12345',
      '1.2.3.4::',
      '::1.2.3.4:5',
      'fe80::1%eth0',
      '::ffff:1.2.3',
      '1:2:3:4:5:6:7:1.2.3.4',
    ],
    ...['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/-1', '10.0.0.0/8/8', '::/129', '/8'],
  ]) {
    it(`takes "${text}" for none`, () => assert.equal(normal(text), undefined));
  }

  it('reads what node:net takes for an address, as the URL parser writes it', () => {
    const group = fc.constantFrom('0', '1', 'ab', '0000', 'FFFF', '', '1.2.3.4', '255.0.0.1', 'x');
    const text = fc.oneof(
      fc.array(group, { minLength: 1, maxLength: 9 }).map((groups) => groups.join(':')),
      fc.ipV6(),
      fc.ipV4(),
    );
    fc.assert(
      fc.property(text, (address) => {
        assert.equal(parseIpAddress(address) !== undefined, isIPv4(address) || isIPv6(address));
        if (!isIPv6(address)) return;
        const written = new URL(`http://[${address}]/`).hostname.slice(1, -1);
        const isMapped = written.startsWith('::ffff:') && written.split(':').length === 5;
        if (!isMapped) assert.equal(normal(address), written);
      }),
      { numRuns: 2_000 },
    );
  });
});
