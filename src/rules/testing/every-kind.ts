import type { EventType, RawEvent } from '#model/raw-event.js';

const BASE = {
  ...{ seq: 1, timeMs: 1_700_000_000_000, cgroupId: 7, mountNs: 8, pid: 1_234, tid: 1_235 },
  ...{ processStartMs: 1_699_999_999_000, ppid: 100, uid: 33, gid: 44, comm: 'tool' },
  ...{ parentComm: 'sh', setup: false },
} as const;
const PROGRAM = { exePath: '/usr//bin/tool', upperLayer: true } as const;
const LINK = { ...PROGRAM, oldPath: '/etc//shadow', newPath: '/tmp/x/../kept' } as const;

type EventOf<Type extends EventType> = RawEvent & { readonly type: Type };

/** One event of every kind, with all that a source can tell of it, and no value that is the zero of its type. */
export const EVERY_KIND: { readonly [Type in EventType]: EventOf<Type> } = {
  exec: {
    ...{ ...BASE, ...PROGRAM, type: 'exec', args: ['tool', '-v'], argsTruncated: false },
    ...{ file: 'tool', cwd: '/srv', parentUpperLayer: true, envNames: ['PATH'] },
    tty: { major: 136, minor: 2 },
  },
  open: { ...BASE, type: 'open', path: '/etc/./passwd', flags: 0x241, result: 3 },
  fork: { ...BASE, type: 'fork', childPid: 4_711, childStartMs: BASE.timeMs },
  exit: { ...BASE, type: 'exit', exitCode: 3, signal: 0 },
  capabilities: { ...BASE, type: 'capabilities', capability: 'CHOWN', syscall: 'fchownat' },
  syscall: { ...BASE, type: 'syscall', syscall: 'getcpu' },
  network: {
    ...{ ...BASE, type: 'network', direction: 'outbound', protocol: 'SCTP' },
    ...{ address: '2001:db8::7', port: 443, names: ['updates.example.com.'] },
  },
  dns: {
    ...{ ...BASE, type: 'dns', name: 'example.com.', isAnswer: true, protocol: 'TCP' },
    ...{ addresses: ['2001:db8::7'], ttlSeconds: 30 },
    ...{ address: 'fd00::a', port: 53, sourcePort: 40_000 },
  },
  http: {
    ...{ ...BASE, type: 'http', direction: 'inbound', internal: true, method: 'POST' },
    ...{ url: '/orders?page=2', host: 'shop', headers: { 'user-agent': ['curl/8'] } },
    ...{ body: 'a=1', address: 'fd00::9', port: 8_080, sourcePort: 41_000 },
  },
  symlink: { ...BASE, ...LINK, type: 'symlink' },
  hardlink: { ...BASE, ...LINK, type: 'hardlink' },
  iouring: { ...BASE, type: 'iouring', opcode: 18, flags: 3 },
  bpf: { ...BASE, ...PROGRAM, type: 'bpf', cmd: 5, attrSize: 144 },
  kmod: { ...BASE, ...PROGRAM, type: 'kmod', module: 'dummy', syscall: 'finit_module' },
  ptrace: { ...BASE, type: 'ptrace', exePath: PROGRAM.exePath, request: 16, targetPid: 99 },
  randomx: { ...BASE, ...PROGRAM, type: 'randomx' },
  ssh: {
    ...{ ...BASE, type: 'ssh', address: '2001:db8::9', port: 2_222 },
    ...{ sourceAddress: 'fd00::9', sourcePort: 40_022 },
  },
  unshare: { ...BASE, ...PROGRAM, type: 'unshare', flags: 0x1000_0000 },
  mount: {
    ...{ ...BASE, ...PROGRAM, type: 'mount', source: '/dev//vda1', target: '/mnt/./node' },
    ...{ filesystem: 'ext4', flags: 1 },
  },
  setns: { ...BASE, ...PROGRAM, type: 'setns', flags: 0x2_0000 },
};
