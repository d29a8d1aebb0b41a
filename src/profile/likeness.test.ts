import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectProfile } from './projection.ts';

function nearestOpen(path: string, known: readonly string[]): string | undefined {
  const profile = projectProfile({ opens: known.map((entry) => ({ path: entry })) });
  return profile.explain({ surface: 'opens', path }).nearest?.entry;
}

describe('nearest path', () => {
  it('prefers the most segments in common from the start', () => {
    const known = ['/usr/bin/ls', '/usr/local/bin/node', '/usr/local/lib/x'];
    assert.equal(nearestOpen('/usr/local/bin/npm', known), '/usr/local/bin/node');
  });

  it('prefers the same name among equals, and then the first in order', () => {
    const pythons = ['/usr/bin/perl', '/usr/bin/python3'];
    assert.equal(nearestOpen('/opt/bin/python3', pythons), '/usr/bin/python3');
    const tied = ['/etc/b', '/etc/a', '/etc/c'];
    assert.equal(nearestOpen('/etc/x', tied), '/etc/a');
    assert.equal(nearestOpen('/etc/x', tied.reverse()), '/etc/a');
  });

  it('lets a ⋯ stand for a segment and counts nothing behind a *', () => {
    const environ = ['/proc/self/environ', '/proc/⋯/maps'];
    assert.equal(nearestOpen('/proc/46/environ', environ), '/proc/⋯/maps');
    assert.equal(nearestOpen('/a/b/c', ['/*/b/x', '/a/x']), '/a/x');
  });

  it('names nothing when nothing is alike', () => {
    assert.equal(nearestOpen('/tmp/x', ['/usr/bin/ls', '/etc/passwd']), undefined);
    assert.equal(nearestOpen('/tmp/x', []), undefined);
    assert.equal(nearestOpen('/', ['/etc']), undefined);
    assert.equal(nearestOpen('', ['/etc']), undefined);
  });
});

describe('nearest of the rest', () => {
  const ports = [{ name: 'https', protocol: 'TCP', port: 443 }];
  const profile = projectProfile({
    execs: [
      { path: '/bin/sh', args: ['sh', '-x'] },
      { path: '/bin/sh', args: ['sh', '-c', 'ls'] },
      { path: '/bin/sh', args: ['sh', '-c', 'echo'] },
    ],
    endpoints: [{ endpoint: ':80/users/⋯', methods: ['get', 'POST'], internal: false }],
    egress: [
      { identifier: '1', type: 'external', ipAddress: '10.1.0.0/16', ports },
      { identifier: '2', type: 'external', ipAddresses: ['10.1.2.3', '2001:db8::1', '*'], ports },
      {
        identifier: '3',
        type: 'external',
        dnsNames: ['api.example.com.', '*.example.org', 'x.com'],
      },
    ],
    syscalls: ['read'],
  });
  const nearest = (question: Parameters<typeof profile.explain>[0]) =>
    profile.explain(question).nearest?.entry;

  it('is the argument vector that shares the most in front', () => {
    const exec = (...args: string[]) => nearest({ surface: 'execs', path: '/bin/sh', args });
    assert.equal(exec('sh', '-c', 'reboot'), '/bin/sh -c echo');
    assert.equal(exec('sh', '-x', '-x'), '/bin/sh -x');
  });

  it('is an endpoint with its methods', () => {
    const question = { surface: 'endpoints', endpoint: ':80/users/7', methods: ['PUT'] } as const;
    assert.equal(nearest(question), ':80/users/⋯ (GET, POST)');
    assert.equal(
      nearest({ surface: 'endpoints', endpoint: ':80/user' }),
      ':80/users/⋯ (GET, POST)',
    );
  });

  it('is the network or address that shares the most bits', () => {
    const peer = (address: string) => nearest({ surface: 'egress', peer: address, port: 80 });
    assert.equal(peer('10.1.2.9'), '10.1.2.3 (443/TCP)');
    assert.equal(peer('10.1.200.1'), '10.1.0.0/16 (443/TCP)');
    assert.equal(peer('2001:db8::ff'), '2001:db8::1 (443/TCP)');
  });

  it('is the domain that shares the most labels from the end, more than the last', () => {
    const peer = (domain: string) => nearest({ surface: 'egress', peer: domain });
    assert.equal(peer('www.example.com'), 'api.example.com');
    assert.equal(peer('a.b.example.org'), '*.example.org');
    assert.equal(peer('other.com'), undefined);
  });

  it('is nothing for names', () => {
    assert.equal(nearest({ surface: 'syscalls', name: 'pread' }), undefined);
  });
});
