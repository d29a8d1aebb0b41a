import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventOf, eventsOf, meaningOf, recordsOf, sampleText } from '../testing/adapter-run.ts';
import { parseGadgetLine } from './inspektor-gadget-lines.ts';

const records = await recordsOf('ig', [sampleText('ig')]);
const events = eventsOf(records);

/** The sample's event of a kind; `n` counts them from 0. */
function sample(type: string, n = 0): object {
  const found = events.filter((event) => event.type === type)[n];
  assert.ok(found, `there is no ${type} ${n}`);
  return found;
}

const base = {
  pid: 7,
  comm: 'c',
  timestamp: '2026-01-01T00:00:00Z',
  runtime: { containerId: 'ab' },
};
const read = (line: object) => eventOf(parseGadgetLine, { ...base, ...line });

describe('lines of Inspektor Gadget', () => {
  it('tell who did what, when and where', () => {
    assert.partialDeepStrictEqual(sample('exec'), {
      seq: 1,
      timeMs: 1_767_225_601_123.4568,
      cgroupId: 2 ** 52,
      mountNs: 4026532254,
      pid: 7584,
      tid: 7584,
      ppid: 7570,
      uid: 0,
      gid: 0,
      comm: 'cat',
      parentComm: 'sh',
      setup: false,
    });
  });

  it('become execs with every argument', () => {
    assert.partialDeepStrictEqual(sample('exec'), {
      args: ['/bin/cat', '/etc/my file'],
      argsTruncated: false,
      file: '/bin/cat',
      exePath: '/bin/busybox',
      cwd: '/srv',
      upperLayer: true,
      parentUpperLayer: false,
    });
  });

  it('say when not all arguments are there', () => {
    assert.partialDeepStrictEqual(read({ args: 'a\u00a0b', args_count: 3 }), {
      argsTruncated: true,
    });
    const long = 'x'.repeat(127);
    assert.partialDeepStrictEqual(read({ args: long, args_count: 1 }), { argsTruncated: true });
  });

  it('are read in the shapes that arguments had before', () => {
    assert.partialDeepStrictEqual(read({ args: '/bin/ls -l /tmp', args_count: 3 }), {
      args: ['/bin/ls', '-l', '/tmp'],
      exePath: '/bin/ls',
    });
    assert.partialDeepStrictEqual(read({ args: ['/bin/ls', 'a b'] }), { args: ['/bin/ls', 'a b'] });
    assert.partialDeepStrictEqual(read({ args: '/a b', args_count: 1 }), { args: ['/a b'] });
  });

  it('give a relative program the folder that they tell, and else none', () => {
    assert.partialDeepStrictEqual(read({ args: './x', cwd: '/srv/a' }), { exePath: '/srv/a/x' });
    assert.partialDeepStrictEqual(read({ args: './x' }), { exePath: '', file: './x' });
  });

  it('become opens, with the path as the kernel resolved it where it is told', () => {
    assert.partialDeepStrictEqual(sample('open'), {
      path: '/etc/shadow',
      flags: 524288,
      result: 3,
    });
    assert.partialDeepStrictEqual(
      read({ fname: 'x'.repeat(254), flags: 'O_WRONLY|O_CREAT', error_raw: 13 }),
      { flags: 0x41, result: -13, pathTruncated: true },
    );
  });

  it('become connections out and in', () => {
    assert.partialDeepStrictEqual(sample('network'), {
      direction: 'outbound',
      protocol: 'TCP',
      address: '10.99.0.1',
      port: 8080,
      peer: { kind: 'pod', namespace: 'shop', name: 'api-0', labels: { app: 'api', tier: 'back' } },
    });
    assert.partialDeepStrictEqual(sample('network', 1), {
      direction: 'inbound',
      address: '10.99.0.9',
      port: 80,
    });
  });

  it('are read as they were in 2024: process at the top, protocol as a number', () => {
    assert.partialDeepStrictEqual(sample('network', 2), {
      timeMs: 1_767_225_615_455.2834,
      mountNs: 4026535102,
      pid: 447673,
      uid: 0,
      comm: 'wget',
      protocol: 'TCP',
      address: '1.1.1.1',
      port: 80,
    });
  });

  it('become DNS questions and answers', () => {
    const server = { name: 'api.example.com.', protocol: 'UDP', address: '10.99.0.1', port: 53 };
    assert.partialDeepStrictEqual(sample('dns'), {
      ...server,
      ...{ isAnswer: false, addresses: [], sourcePort: 40000 },
    });
    assert.partialDeepStrictEqual(sample('dns', 1), {
      ...server,
      ...{ isAnswer: true, addresses: ['192.0.2.7', '192.0.2.8'], sourcePort: 40000 },
    });
  });

  it('tell no addresses of an answer that the container itself sent', () => {
    const ends = { src: { addr: '10.0.0.9', port: 40_000 }, dst: { addr: '10.0.0.1', port: 53 } };
    const line = { name: 'shop.', qr: 'R', addresses: '203.0.113.7', ...ends };
    for (const [pkt_type, addresses] of [
      ['OUTGOING', []],
      ['HOST', ['203.0.113.7']],
    ] as const) {
      const event = read({ ...line, pkt_type });
      assert.partialDeepStrictEqual(event, { type: 'dns', isAnswer: true, name: 'shop.' });
      assert.deepEqual('addresses' in event && event.addresses, addresses);
    }
  });

  it('become capabilities that were granted', () => {
    assert.partialDeepStrictEqual(sample('capabilities'), {
      capability: 'SYS_CHROOT',
      syscall: 'chroot',
    });
    const denied = meaningOf(parseGadgetLine, { ...base, cap: 'CAP_BPF', capable: false });
    assert.deepEqual(denied, { kind: 'unwanted', type: 'capabilities' });
  });

  it('become calls, links, mounts and modules', () => {
    assert.partialDeepStrictEqual(sample('syscall'), { syscall: 'getdents64', pid: 7590 });
    assert.partialDeepStrictEqual(sample('symlink'), { oldPath: '/etc/shadow', newPath: '/tmp/s' });
    assert.partialDeepStrictEqual(sample('hardlink'), {
      oldPath: '/etc/passwd',
      newPath: '/etc/p',
    });
    assert.partialDeepStrictEqual(sample('mount'), {
      source: '/dev/sda1',
      ...{ target: '/mnt', filesystem: 'ext4', flags: 1 },
    });
    assert.partialDeepStrictEqual(sample('kmod'), { module: 'evil', syscall: 'finit_module' });
  });

  it('that tell no user are of no user, not of root', () => {
    assert.partialDeepStrictEqual(sample('syscall'), { uid: 2 ** 32 - 1, gid: 2 ** 32 - 1 });
  });

  it('that tell no time happened when they came', () => {
    assert.partialDeepStrictEqual(sample('syscall'), { timeMs: 1_767_225_600_000 });
    assert.partialDeepStrictEqual(
      read({ args: 'a', timestamp: undefined, timestamp_raw: 3358228739307 }),
      {
        timeMs: 1_767_225_600_000,
      },
    );
  });

  it('of the host, of ends and of memory limits are counted as left out', () => {
    const unwanted = records.flatMap((record) =>
      record.type === 'suppressed' ? [record.unwanted] : [],
    );
    assert.deepEqual(unwanted, [{ network: 1, capabilities: 1, open: 1 }]);
  });

  it('of gadgets without an event are foreign', () => {
    const bind = meaningOf(parseGadgetLine, { ...base, addr: {}, bound_dev_if: 0 });
    assert.deepEqual(bind, { kind: 'foreign', what: 'trace_bind' });
  });

  it('are refused with the field and what was expected there', () => {
    const refusals: readonly (readonly [object, RegExp])[] = [
      [{ pid: undefined, fname: 'x' }, /^field proc\.pid: expected a whole number .*missing$/],
      [{ pid: 'x', fname: 'x' }, /^field pid: expected a whole number from 0 on$/],
      [{ fname: 'x', timestamp: 'now' }, /^field timestamp: expected a time in RFC 3339$/],
      [
        { src: { addr: '1.1.1.1' }, dst: { addr: 'web', port: 1 } },
        /^field dst\.addr: expected an IP address$/,
      ],
      [
        { src: { addr: '1.1.1.1' }, dst: { addr: '1.1.1.1', port: 1e6 } },
        /^field dst\.port: expected a port/,
      ],
      [
        { hello: 1 },
        /^field names \(pid, comm, timestamp, runtime, hello\): expected the fields of a gadget/,
      ],
    ];
    for (const [line, message] of refusals) {
      assert.throws(() => read(line), { code: 'invalid', message });
    }
  });
});
