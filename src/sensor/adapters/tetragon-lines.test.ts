import assert from 'node:assert/strict';
import { arch } from 'node:os';
import { describe, it } from 'node:test';
import { syscallNamesOf } from '../syscall-names.ts';
import { eventOf, eventsOf, meaningOf, recordsOf, sampleText } from '../testing/adapter-run.ts';
import { parseTetragonLine } from './tetragon-lines.ts';

const records = await recordsOf('tetragon', [sampleText('tetragon')]);
const events = eventsOf(records);

/** The sample's event of a kind; `n` counts them from 0. */
function sample(type: string, n = 0): object {
  const found = events.filter((event) => event.type === type)[n];
  assert.ok(found, `there is no ${type} ${n}`);
  return found;
}

const process = { pid: 7, uid: 0, cwd: '/srv', binary: '/bin/app', docker: 'a'.repeat(31) };
const time = '2026-01-01T00:00:00Z';
const hook = (name: string, args: readonly object[], more: object = {}) => ({
  process_kprobe: { process, function_name: name, args, ...more },
  time,
});
const read = (line: object) => eventOf(parseTetragonLine, line);
const meaning = (line: object) => meaningOf(parseTetragonLine, line);
const failed = { return: { int_arg: -22 } };

describe('lines of Tetragon', () => {
  it('tell who did what, when and where', () => {
    assert.partialDeepStrictEqual(sample('exec'), {
      seq: 1,
      timeMs: 1_767_225_601_123.4568,
      mountNs: 4026532254,
      ...{ pid: 7584, tid: 7584, ppid: 7570, uid: 0, gid: 2 ** 32 - 1 },
      ...{ comm: 'cat', parentComm: 'sh', setup: false },
    });
  });

  it('become execs with the arguments taken apart', () => {
    assert.partialDeepStrictEqual(sample('exec'), {
      args: ['/bin/cat', '/etc/passwd', '/srv/my file'],
      ...{ argsTruncated: false, exePath: '/bin/cat', cwd: '/srv' },
    });
    const cut = { ...process, arguments: 'a b', flags: 'execve truncArgs' };
    assert.partialDeepStrictEqual(read({ process_exec: { process: cut }, time }), {
      args: ['/bin/app', 'a', 'b'],
      argsTruncated: true,
    });
  });

  it('give a relative program the folder that it was started in', () => {
    const relative = { ...process, binary: './x' };
    assert.partialDeepStrictEqual(read({ process_exec: { process: relative }, time }), {
      ...{ file: './x', exePath: '/srv/x' },
    });
  });

  it('carry names of environment variables, never values', () => {
    const variables = [{ key: 'TOKEN', value: 'secret' }, { key: 'HOME' }];
    const event = read({
      process_exec: { process: { ...process, environment_variables: variables } },
      time,
    });
    assert.partialDeepStrictEqual(event, { envNames: ['TOKEN', 'HOME'] });
    assert.ok(!JSON.stringify(event).includes('secret'));
  });

  it('of processes that ran before Tetragon are left out', () => {
    const found = meaning({
      process_exec: { process: { ...process, flags: 'procFS auid' } },
      time,
    });
    assert.deepEqual(found, { kind: 'unwanted', type: 'exec' });
  });

  it('become exits with the signal or the status', () => {
    assert.partialDeepStrictEqual(sample('exit'), { exitCode: 0, signal: 9 });
    assert.partialDeepStrictEqual(sample('exit', 1), { exitCode: 1, signal: 0 });
  });

  it('become opens of files and of calls', () => {
    assert.partialDeepStrictEqual(sample('open'), { path: '/etc/shadow', flags: 0, result: 0 });
    assert.partialDeepStrictEqual(sample('open', 1), {
      ...{ path: '/srv/conf/app.yml', flags: 577, result: 3 },
    });
    const file = { file_arg: { path: '/a', flags: 'unresolvedPathComponents' } };
    assert.partialDeepStrictEqual(read(hook('security_file_permission', [file, { int_arg: 2 }])), {
      ...{ flags: 1, pathTruncated: true },
    });
    assert.partialDeepStrictEqual(read(hook('fd_install', [{ int_arg: 5 }, file])), { result: 5 });
    const refused = { return: { int_arg: -1 } };
    assert.partialDeepStrictEqual(read(hook('security_file_open', [file], refused)), {
      result: -1,
    });
  });

  it('leave a path alone that is relative to an open folder', () => {
    const args = [{ int_arg: 5 }, { string_arg: 'x' }, { int_arg: 0 }];
    assert.partialDeepStrictEqual(read(hook('sys_openat', args)), { path: 'x' });
    const linked = [{ string_arg: 'a' }, { int_arg: -100 }, { string_arg: 'b' }, { int_arg: 5 }];
    assert.partialDeepStrictEqual(read(hook('sys_linkat', linked)), {
      oldPath: '/srv/a',
      newPath: 'b',
    });
  });

  it('tell flags that were written as a negative number', () => {
    const args = [{ int_arg: -100 }, { string_arg: '/x' }, { int_arg: -2147483647 }];
    assert.partialDeepStrictEqual(read(hook('sys_openat', args)), { flags: 2 ** 31 + 1 });
  });

  it('become connections out and in', () => {
    assert.partialDeepStrictEqual(sample('network'), {
      ...{ direction: 'outbound', protocol: 'TCP', address: '10.99.0.1', port: 8080 },
    });
    assert.partialDeepStrictEqual(sample('network', 1), {
      ...{ direction: 'inbound', protocol: 'TCP', address: '10.99.0.9', port: 80 },
    });
    const returned = {
      return: {
        sock_arg: { protocol: 'IPPROTO_TCP', sport: 80, dport: 9, daddr: '::ffff:10.0.0.1' },
      },
    };
    assert.partialDeepStrictEqual(read(hook('inet_csk_accept', [], returned)), {
      ...{ address: '10.0.0.1', port: 80 },
    });
  });

  it('of sockets that are of no network, or have no address, are left out', () => {
    const nothing = { kind: 'unwanted', type: 'network' };
    const unix = { sock_arg: { family: 'AF_UNIX' } };
    assert.deepEqual(meaning(hook('tcp_connect', [unix])), nothing);
    assert.deepEqual(meaning(hook('udp_sendmsg', [{ sock_arg: { daddr: '0.0.0.0' } }])), nothing);
    assert.deepEqual(meaning(hook('tcp_close', [])), nothing);
  });

  it('become capabilities that were granted and asked for by the process', () => {
    assert.partialDeepStrictEqual(sample('capabilities'), { capability: 'NET_ADMIN', syscall: '' });
    const admin = { capability_arg: { value: 21, name: 'CAP_SYS_ADMIN' } };
    const nothing = { kind: 'unwanted', type: 'capabilities' };
    assert.deepEqual(meaning(hook('cap_capable', [admin], { return: { int_arg: -1 } })), nothing);
    assert.deepEqual(meaning(hook('cap_capable', [admin, { int_arg: 2 }])), nothing);
    const odd = { capability_arg: { value: 1, name: 'DAC_OVERRIDE' } };
    assert.partialDeepStrictEqual(read(hook('cap_capable', [odd])), { capability: 'DAC_OVERRIDE' });
  });

  it('become links with their paths', () => {
    assert.partialDeepStrictEqual(sample('symlink'), { oldPath: '/etc/shadow', newPath: '/srv/s' });
    assert.partialDeepStrictEqual(sample('hardlink'), {
      oldPath: '/etc/passwd',
      newPath: '/etc/p',
    });
    const args = [{ string_arg: 'a' }, { string_arg: 'b' }];
    assert.deepEqual(meaning(hook('sys_symlink', args, failed)).kind, 'unwanted');
    assert.partialDeepStrictEqual(read(hook('sys_link', args)), {
      ...{ type: 'hardlink', oldPath: '/srv/a', newPath: '/srv/b' },
    });
  });

  it('become what takes privileges', () => {
    const exePath = '/usr/bin/app';
    assert.partialDeepStrictEqual(sample('ptrace'), { request: 16, exePath });
    assert.partialDeepStrictEqual(sample('unshare'), { flags: 268435456, exePath });
    assert.partialDeepStrictEqual(sample('setns'), { flags: 131072, exePath });
    assert.partialDeepStrictEqual(sample('mount'), {
      ...{ source: '/dev/sda1', target: '/mnt', filesystem: 'ext4', flags: 1 },
    });
    assert.partialDeepStrictEqual(sample('bpf'), { cmd: 5, attrSize: 144 });
    assert.partialDeepStrictEqual(sample('kmod'), { module: 'evil', syscall: 'init_module' });
  });

  it('of attempts that failed otherwise than by a refusal are left out', () => {
    for (const [name, type] of [
      ['sys_unshare', 'unshare'],
      ['sys_setns', 'setns'],
      ['sys_mount', 'mount'],
      ['sys_bpf', 'bpf'],
    ]) {
      assert.deepEqual(meaning(hook(`__x64_${name}`, [], failed)), { kind: 'unwanted', type });
    }
    assert.deepEqual(meaning(hook('sys_ptrace', [{ size_arg: '7' }])).kind, 'unwanted');
  });

  it('become system calls by number, and by the name of any call that a policy watches', () => {
    assert.partialDeepStrictEqual(sample('syscall'), { syscall: syscallNamesOf(arch())(0) });
    assert.partialDeepStrictEqual(read(hook('__arm64_sys_reboot', [])), {
      ...{ type: 'syscall', syscall: 'reboot' },
    });
    const point = { process, subsys: 'syscalls', event: 'sys_enter_kill' };
    assert.partialDeepStrictEqual(read({ process_tracepoint: point, time }), { syscall: 'kill' });
  });

  it('of the LSM are read like the functions they stand for', () => {
    const body = { process, function_name: 'file_open', args: [{ file_arg: { path: '/a' } }] };
    assert.partialDeepStrictEqual(read({ process_lsm: body, time }), { type: 'open', path: '/a' });
  });

  it('name the container by its whole id, also where a line has the first part of it alone', () => {
    const known = records.filter((record) => record.type === 'cgroup');
    assert.deepEqual(
      known.map(({ name }) => name.length),
      [64, 64],
      'once, and again after 10 s',
    );
    assert.equal(new Set(events.map(({ cgroupId }) => cgroupId)).size, 1);
    assert.partialDeepStrictEqual(sample('exec', 1), { comm: 'ls' });
  });

  it('tell what Tetragon itself has lost', () => {
    const lost = records.filter((record) => record.type === 'lost');
    assert.deepEqual(lost, [{ type: 'lost', timeMs: 1_767_225_600_000, count: 7 }]);
  });

  it('of kinds without an event are foreign', () => {
    assert.deepEqual(meaning({ process_loader: {}, time }), {
      kind: 'foreign',
      what: 'process_loader',
    });
    assert.deepEqual(meaning(hook('commit_creds', [])), { kind: 'foreign', what: 'commit_creds' });
  });

  it('are refused with the field and what was expected there', () => {
    const refusals: readonly (readonly [object, RegExp])[] = [
      [{ time }, /^field process_exec: expected an event of Tetragon/],
      [
        { process_exec: {}, time },
        /^field process_exec\.process\.pid: expected a whole number .*missing/,
      ],
      [hook('tcp_connect', []), /^field process_kprobe\.args: expected a sock_arg$/],
      [hook('sys_symlink', [{ string_arg: 'a' }]), /args: expected two string_args/],
      [{ process_exec: { process }, time: 1 }, /^field time: expected a text$/],
    ];
    for (const [line, message] of refusals) {
      assert.throws(() => read(line), { code: 'invalid', message });
    }
  });
});
