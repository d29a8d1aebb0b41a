import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPrivateAddress } from './private-address.ts';

describe('isPrivateAddress', () => {
  const inside = [
    ...['127.9.9.9', '10.255.0.1', '172.16.0.0', '172.31.255.255', '192.168.77.1', '169.254.0.9'],
    ...['224.0.0.251', '239.1.1.1', '240.0.0.1', '255.255.255.255'],
    ...['::1', '0:0:0:0:0:0:0:1', 'fc00::1', 'fdff:1::', 'fe80::1', 'febf::9', 'ff02::fb'],
    ...['::ffff:10.1.2.3', '::ffff:a00:1', 'fe80::1%eth0', 'ff02::fb%2'],
  ];
  for (const address of inside) {
    it(`says yes to ${address}`, () => assert.equal(isPrivateAddress(address), true));
  }
  const outside = [
    ...['1.1.1.1', '11.0.0.1', '172.15.255.255', '172.32.0.0', '192.169.0.1', '223.255.255.255'],
    ...['2001:db8::1', 'fec0::1', 'fb00::1', '::2', '::ffff:8.8.4.4'],
    ...['', 'localhost', '10.0.0.0/8', '10.0.0', '10.0.0.256', '010.0.0.1'],
    ...['2001:db8::1%eth0', 'fe80::1%', '%eth0', '10.0.0.1%eth0'],
  ];
  for (const address of outside) {
    it(`says no to "${address}"`, () => assert.equal(isPrivateAddress(address), false));
  }
});
