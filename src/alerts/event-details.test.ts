import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RawEvent } from '#model/raw-event.js';
import { alertFromFinding } from './alert-from-finding.ts';
import { aFinding } from './testing/findings.ts';

const node = { nodeName: 'n1', hostName: 'h1', agentVersion: '9.9' };
const LINK = {
  oldPath: '/etc/shadow',
  newPath: '/tmp//kept',
  exePath: '/bin/ln',
  upperLayer: false,
};
const NETWORK = { direction: 'outbound', protocol: 'TCP', address: '203.0.113.7', port: 443 };
const PEER = { kind: 'pod', namespace: 'shop', name: 'db-1', labels: { app: 'db' } };
const DNS = {
  ...{ name: 'example.com.', isAnswer: true, addresses: ['203.0.113.7'], protocol: 'UDP' },
  ...{ address: '10.96.0.10', port: 53, sourcePort: 40_000 },
};
const HTTP = {
  ...{ direction: 'inbound', internal: true, method: 'POST', url: '/orders?page=2', host: 'shop' },
  ...{ headers: {}, address: '10.0.0.9', port: 8_080, sourcePort: 41_000 },
};
const SSH = { address: '203.0.113.7', port: 2_222, sourceAddress: '10.0.0.9', sourcePort: 40_001 };
const TOOL = { exePath: '/tmp/tool', upperLayer: true };

function alertOf(event: Readonly<Record<string, unknown>>) {
  const finding = aFinding();
  const { args: _args, ...common } = finding.subject.event as RawEvent & { readonly args: unknown };
  const subject = { ...finding.subject, event: { ...common, ...event } as unknown as RawEvent };
  return alertFromFinding({ ...finding, subject }, node);
}

describe('what an alert says of its event', () => {
  for (const [event, told, target] of [
    [
      { type: 'capabilities', capability: 'NET_ADMIN', syscall: 'bind' },
      { capability: 'NET_ADMIN', syscall: 'bind' },
      {},
    ],
    [{ type: 'syscall', syscall: 'ptrace' }, { syscall: 'ptrace' }, {}],
    [
      { type: 'network', ...NETWORK },
      { ip: '203.0.113.7', port: 443, proto: 'TCP' },
      { network: { dstIP: '203.0.113.7', dstPort: '443', protocol: 'TCP' } },
    ],
    [
      { type: 'network', ...NETWORK, names: ['db.shop.'], peer: PEER },
      {
        ...{ ip: '203.0.113.7', port: 443, proto: 'TCP', domains: ['db.shop.'] },
        peer: { kind: 'pod', namespace: 'shop', name: 'db-1' },
      },
      { network: { dstIP: '203.0.113.7', dstPort: '443', protocol: 'TCP' } },
    ],
    [
      { type: 'dns', ...DNS },
      { domain: 'example.com.', addresses: ['203.0.113.7'], protocol: 'UDP', port: 53 },
      { dns: { domain: 'example.com.' } },
    ],
    [
      { type: 'http', ...HTTP },
      { internal: true, direction: 'inbound' },
      { http: { method: 'POST', domain: 'shop', endpoint: '/orders?page=2' } },
    ],
    [
      { type: 'symlink', ...LINK },
      { oldPath: '/etc/shadow', newPath: '/tmp//kept' },
      { file: { name: 'kept', directory: '/tmp' } },
    ],
    [
      { type: 'hardlink', ...LINK },
      { oldPath: '/etc/shadow', newPath: '/tmp//kept' },
      { file: { name: 'kept', directory: '/tmp' } },
    ],
    [
      { type: 'iouring', opcode: 18, flags: 3 },
      { opcode: 18, flags: 3, operation: 'IORING_OP_OPENAT' },
      {},
    ],
    [
      { type: 'iouring', opcode: 200, flags: 0 },
      { opcode: 200, flags: 0, operation: 'unknown(200)' },
      {},
    ],
    [
      { type: 'ssh', ...SSH },
      { src_ip: '10.0.0.9', src_port: 40_001, dst_ip: '203.0.113.7', dst_port: 2_222 },
      { network: { dstIP: '203.0.113.7', dstPort: '2222', protocol: 'TCP' } },
    ],
    [
      { type: 'bpf', cmd: 5, attrSize: 144, ...TOOL },
      { cmd: 5, attrSize: 144, exePath: '/tmp/tool' },
      { file: { name: 'tool', directory: '/tmp' } },
    ],
    [
      { type: 'kmod', module: 'rootkit', syscall: 'init_module', ...TOOL },
      { module: 'rootkit', syscall: 'init_module', exePath: '/tmp/tool' },
      { file: { name: 'tool', directory: '/tmp' } },
    ],
    [
      { type: 'unshare', ...TOOL },
      { exePath: '/tmp/tool' },
      { file: { name: 'tool', directory: '/tmp' } },
    ],
    [{ type: 'randomx', ...TOOL }, { ppid: 100 }, { file: { name: 'tool', directory: '/tmp' } }],
    [{ type: 'ptrace', exePath: '/tmp/tool' }, {}, { file: { name: 'tool', directory: '/tmp' } }],
    [{ type: 'exit', exitCode: 1, signal: 0 }, {}, {}],
  ] as const) {
    it(`names the target of ${event.type}`, () => {
      const { arguments: args, identifiers } = alertOf(event);
      const { message: _message, apChecksum: _checksum, ...own } = args;
      assert.deepEqual(own, told);
      const { process: _process, ...others } = identifiers;
      assert.deepEqual(others, target);
    });
  }

  it('carries the request, its body shortened', () => {
    const headers = { 'User-Agent': ['curl/8'], Accept: ['*/*'] };
    const { request, identifiers } = alertOf({
      ...{ type: 'http', ...HTTP, headers, body: 'x'.repeat(100_000) },
    });
    assert.deepEqual(request, {
      ...{ method: 'POST', url: '/orders?page=2', header: headers, body: 'x'.repeat(4_096) },
    });
    assert.equal(identifiers['http']?.['userAgent'], 'curl/8');
    assert.equal('body' in (alertOf({ type: 'http', ...HTTP }).request ?? {}), false);
    assert.equal(alertOf({ type: 'syscall', syscall: 'bpf' }).request, undefined);
  });

  it('holds no secret of a link or a request', () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const texts = [
      alertOf({ type: 'symlink', ...LINK, oldPath: `/tmp/token=${secret}` }),
      alertOf({ type: 'http', ...HTTP, url: `/login?token=${secret}` }),
      alertOf({ type: 'http', ...HTTP, url: `/api/token/${secret}` }),
      alertOf({ type: 'http', ...HTTP, headers: { authorization: [`Bearer ${secret}`] } }),
      alertOf({ type: 'http', ...HTTP, headers: { 'user-agent': [`x token=${secret}`] } }),
      alertOf({ type: 'http', ...HTTP, body: `password=1&token=${secret}` }),
      alertOf({ type: 'http', ...HTTP, body: `${' '.repeat(4_080)} ${secret}` }),
      alertOf({ type: 'unshare', exePath: `/tmp/token=${secret}`, upperLayer: true }),
    ].map((alert) => JSON.stringify(alert));
    for (const text of texts) assert.ok(!text.includes('ghp_'), text);
  });
});
