import type { RawEvent, RawEventBase } from '../../../src/model/raw-event.ts';
import { ANSWER_TTL_SECONDS } from './host-peers.ts';

/** What an event of one type says beyond what every event says; numbers of processes left out. */
export type Told = RawEvent extends infer E
  ? E extends RawEvent
    ? { readonly type: E['type'] } & Partial<Omit<E, keyof RawEventBase>>
    : never
  : never;

/** Something that the program `everything` does, and what is to be told of it, in order. */
export interface Act {
  /** Words of its command line. */
  readonly words: readonly string[];
  readonly tells: readonly Told[];
}

/** What the acts need to know of their surroundings. */
export interface Surroundings {
  /** This machine's address on the pods' network, with names on port 53. */
  readonly host: string;
  readonly httpPort: number;
  readonly sshPort: number;
  /** The container's own address there. */
  readonly own: string;
  /** The ports from which guests came to the acts that serve. */
  readonly guests: { readonly http: number; readonly ssh: number };
}

/** Where a guest from outside is awaited by the acts. */
export const SERVED_PORTS = { http: 8081, ssh: 2200 } as const;
/** What that guest says. */
export const GUEST_WORDS = {
  http: 'POST /orders HTTP/1.1\r\nHost: everything.test\r\nContent-Length: 7\r\n\r\nrope=80',
  ssh: 'SSH-2.0-guest\r\n',
} as const;

const PROGRAM = '/usr/bin/everything';
const OF_PROGRAM = { exePath: PROGRAM, upperLayer: false } as const;
const O_WRONLY_CREAT_TRUNC = 0o1101;
const O_PATH_DIRECTORY = 0o10200000;
const O_RDWR_NOCTTY = 0o402;
const CLONE_NEWUTS = 0x04000000;
const CLONE_NEWUSER = 0x10000000;
const MS_NOSUID_NODEV = 6;
const ENOENT = 2;

/** The address that the name server gives for the name of a way. */
export function addressOfName(name: string): string {
  return `192.0.2.${name.length}`;
}

/** What any container may do, or may try: refused attempts are told as well. */
export function everyAct(around: Surroundings): readonly Act[] {
  return [...onFiles(), ...onProcesses(), ...onKernel(), ...onNetwork(around), ...inTalks(around)];
}

/** What only a container with CAP_SYS_ADMIN can do. */
export function privilegedActs(): readonly Act[] {
  const enter = '/proc/self/ns/uts';
  const talk = {
    ...{ type: 'http', internal: true, method: 'GET', url: '/self', host: 'shop.test' },
    headers: { Host: ['shop.test'], 'X-Act': ['everything'] },
    ...{ address: '127.0.0.1', port: 8090, sourcePort: 42_001 },
  };
  return [
    { words: ['mkdir', '/tmp/mounted'], tells: [] },
    {
      words: ['chdir', '/tmp', 'mount', 'none', 'mounted', 'tmpfs', '6'],
      tells: [mounting('/tmp/mounted')],
    },
    {
      words: ['unshare', String(CLONE_NEWUTS)],
      tells: [{ type: 'fork' }, { type: 'unshare', ...OF_PROGRAM, flags: CLONE_NEWUTS }, ended()],
    },
    {
      words: ['setns', enter, String(CLONE_NEWUTS)],
      tells: [{ type: 'fork' }, anOpen('/proc/self/ns/uts', 0, 3), entering(), ended()],
    },
    { words: ['bpf'], tells: [loadingBpf()] },
    {
      words: [
        'loop-talk',
        'write',
        '127.0.0.1',
        '8090',
        '42001',
        ask('/self'),
        answer('204 No Content'),
      ],
      tells: [
        connected('outbound', 'TCP', '127.0.0.1', 8090),
        connected('inbound', 'TCP', '127.0.0.1', 8090),
        ...['outbound', 'inbound'].map((direction) => ({ ...talk, direction }) as Told),
        ...['inbound', 'outbound'].map(
          (direction) => ({ ...talk, direction, answerStatus: 204 }) as Told,
        ),
      ],
    },
  ];
}

function onFiles(): readonly Act[] {
  const links = OF_PROGRAM;
  return [
    { words: ['open', '/etc/passwd'], tells: [anOpen('/etc/passwd')] },
    {
      words: ['open-with', String(O_WRONLY_CREAT_TRUNC), '/tmp/new'],
      tells: [anOpen('/tmp/new', O_WRONLY_CREAT_TRUNC)],
    },
    { words: ['chdir', '/srv', 'open', 'missing'], tells: [anOpen('/srv/missing', 0, -ENOENT)] },
    {
      words: ['open-in', '/etc', 'group'],
      tells: [anOpen('/etc', O_PATH_DIRECTORY), anOpen('/etc/group', 0, 4)],
    },
    { words: ['mkdir', '/tmp/made'], tells: [] },
    {
      words: ['symlink', '/etc/shadow', '/tmp/soft'],
      tells: [{ type: 'symlink', oldPath: '/etc/shadow', newPath: '/tmp/soft', ...links }],
    },
    {
      words: ['symlink-in', '../etc/passwd', '/tmp/made', 'soft'],
      tells: [
        anOpen('/tmp/made', O_PATH_DIRECTORY),
        { type: 'symlink', oldPath: '../etc/passwd', newPath: '/tmp/made/soft', ...links },
      ],
    },
    {
      words: ['hardlink', '/tmp/new', '/tmp/hard'],
      tells: [{ type: 'hardlink', oldPath: '/tmp/new', newPath: '/tmp/hard', ...links }],
    },
    {
      words: ['hardlink-in', '/tmp', 'new', 'harder'],
      tells: [
        anOpen('/tmp', O_PATH_DIRECTORY),
        { type: 'hardlink', oldPath: '/tmp/new', newPath: '/tmp/harder', ...links },
      ],
    },
    {
      words: ['mount', 'none', '/tmp/made', 'tmpfs', String(MS_NOSUID_NODEV)],
      tells: [mounting('/tmp/made')],
    },
  ];
}

function onProcesses(): readonly Act[] {
  const echo = ['/bin/echo', 'one', 'two'];
  const child: Told = { type: 'fork' };
  return [
    { words: ['fork', '7'], tells: [child, ended(7)] },
    { words: ['fork-killed', '9'], tells: [child, ended(0, 9)] },
    { words: ['run', ...echo, 'end'], tells: [child, anExec(echo), ended()] },
    {
      words: ['copy', PROGRAM, '/tmp/copy'],
      tells: [anOpen(PROGRAM), anOpen('/tmp/copy', O_WRONLY_CREAT_TRUNC, 4)],
    },
    {
      words: ['run', '/tmp/copy', 'run', '/bin/echo', 'copied', 'end'],
      tells: [
        child,
        { ...anExec(['/tmp/copy', 'run', '/bin/echo', 'copied']), upperLayer: true },
        child,
        { ...anExec(['/bin/echo', 'copied']), parentUpperLayer: true },
        ended(),
        ended(),
      ],
    },
    {
      words: ['run-memfd', 'evil', '/bin/echo', 'echo', 'from memory', 'end'],
      tells: [
        anOpen('/bin/echo', 0, 4),
        child,
        { ...anExec(['echo', 'from memory']), file: '/dev/fd/3', exePath: 'memfd:evil' },
        ended(),
      ],
    },
    {
      words: ['run-tty', '/bin/true', 'end'],
      tells: [
        anOpen('/dev/pts/ptmx', O_RDWR_NOCTTY),
        child,
        { ...anExec(['/bin/true']), tty: { major: 136, minor: 0 } },
        ended(),
      ],
    },
    { words: ['ptrace-traceme'], tells: [child, tracing(0), ended()] },
    { words: ['ptrace-attach'], tells: [child, tracing(16), ended(0, 9)] },
    {
      words: ['unshare', String(CLONE_NEWUTS)],
      tells: [child, { type: 'unshare', ...OF_PROGRAM, flags: CLONE_NEWUTS }, ended()],
    },
    {
      words: ['unshare', String(CLONE_NEWUSER)],
      tells: [child, { type: 'unshare', ...OF_PROGRAM, flags: CLONE_NEWUSER }, ended()],
    },
    {
      words: ['setns', '/proc/self/ns/uts', String(CLONE_NEWUTS)],
      tells: [child, anOpen('/proc/self/ns/uts', 0, 3), entering(), ended()],
    },
  ];
}

function onKernel(): readonly Act[] {
  const kmod = { type: 'kmod', ...OF_PROGRAM } as const;
  return [
    { words: ['bpf'], tells: [loadingBpf()] },
    { words: ['init-module'], tells: [{ ...kmod, module: '', syscall: 'init_module' }] },
    {
      words: ['finit-module', '/etc/passwd'],
      tells: [anOpen('/etc/passwd'), { ...kmod, module: '', syscall: 'finit_module' }],
    },
    {
      words: ['delete-module', 'evil_module'],
      tells: [{ ...kmod, module: 'evil_module', syscall: 'delete_module' }],
    },
    { words: ['io-uring', '0', '0'], tells: [{ type: 'iouring', opcode: 0, flags: 0 }] },
    // IORING_OP_OPENAT with IOSQE_ASYNC: no system call of its own opens the file.
    { words: ['io-uring', '18', '16'], tells: [{ type: 'iouring', opcode: 18, flags: 16 }] },
    { words: ['chown', '/tmp/new', '1234'], tells: [using('CHOWN', 'chown')] },
    { words: ['bind', '0.0.0.0', '80'], tells: [using('NET_BIND_SERVICE', 'bind')] },
    { words: ['syscall', '143'], tells: [{ type: 'syscall', syscall: 'sched_getparam' }] },
    { words: ['randomx', '500'], tells: [{ type: 'randomx', ...OF_PROGRAM }] },
  ];
}

function onNetwork({ host, httpPort }: Surroundings): readonly Act[] {
  const udp = connected('outbound', 'UDP', host, 9);
  return [
    {
      words: ['connect', host, String(httpPort), '41001'],
      tells: [connected('outbound', 'TCP', host, httpPort)],
    },
    // Nobody listens there: the attempt is what counts.
    { words: ['connect', host, '1', '41002'], tells: [connected('outbound', 'TCP', host, 1)] },
    {
      words: ['loop-connect', '::1', '8082', '41003'],
      tells: [connected('outbound', 'TCP', '::1', 8082), connected('inbound', 'TCP', '::1', 8082)],
    },
    { words: ['udp', 'sendto', host, '9', '41004', 'hello'], tells: [udp] },
    { words: ['udp', 'sendmsg', host, '9', '41005', 'hello'], tells: [udp] },
    { words: ['udp', 'sendmmsg', host, '9', '41006', 'hello'], tells: [udp] },
    { words: ['connect-udp', host, '9', '41007'], tells: [udp] },
    ...['sendto', 'sendmsg', 'sendmmsg', 'send', 'write', 'writev'].map((way, at) =>
      asking(host, ['dns', way], 41_010 + at),
    ),
    ...['write', 'writev', 'sendmsg'].map((way, at) => asking(host, ['dns-tcp', way], 41_020 + at)),
  ];
}

function inTalks(around: Surroundings): readonly Act[] {
  const { host, sshPort, own, guests } = around;
  return [
    ...['write', 'writev', 'send', 'sendmsg', 'sendmmsg'].map((way, at) =>
      getting(around, way, 41_030 + at),
    ),
    {
      words: ['talk', 'write', host, String(sshPort), '41040', 'SSH-2.0-everything\\r\\n'],
      tells: [
        connected('outbound', 'TCP', host, sshPort),
        ...twice<Told>({
          type: 'ssh',
          address: host,
          port: sshPort,
          sourceAddress: own,
          sourcePort: 41_040,
        }),
      ],
    },
    {
      words: ['answer', 'write', '0.0.0.0', String(SERVED_PORTS.http), answer('404 Not Found')],
      tells: [
        connected('inbound', 'TCP', host, SERVED_PORTS.http),
        ...serving({ host, sourcePort: guests.http }),
      ],
    },
    {
      words: ['answer', 'send', '0.0.0.0', String(SERVED_PORTS.ssh), 'SSH-2.0-served\\r\\n'],
      tells: [
        connected('inbound', 'TCP', host, SERVED_PORTS.ssh),
        ...twice<Told>({
          type: 'ssh',
          address: own,
          port: SERVED_PORTS.ssh,
          sourceAddress: host,
          sourcePort: guests.ssh,
        }),
      ],
    },
  ];
}

/** A name that tells the way it was asked by, and by whose length its address is known. */
function asking(host: string, [act = '', way = '']: readonly string[], sourcePort: number): Act {
  const name = `${way}.${act}.acts.test.`;
  const protocol = act === 'dns' ? 'UDP' : 'TCP';
  const question = {
    type: 'dns',
    name,
    protocol,
    direction: 'outbound',
    address: host,
    port: 53,
    sourcePort,
  } as const;
  return {
    words: [act, way, host, '53', String(sourcePort), name],
    tells: [
      connected('outbound', protocol, host, 53),
      { ...question, isAnswer: false, addresses: [] },
      {
        ...question,
        isAnswer: true,
        addresses: [addressOfName(name)],
        ttlSeconds: ANSWER_TTL_SECONDS,
      },
    ],
  };
}

function getting({ host, httpPort }: Surroundings, way: string, sourcePort: number): Act {
  const url = `/by-${way}?x=1`;
  const told = {
    type: 'http',
    direction: 'outbound',
    internal: true,
    method: 'GET',
    url,
    host: 'shop.test',
    headers: { Host: ['shop.test'], 'X-Act': ['everything'] },
    address: host,
    port: httpPort,
    sourcePort,
  } as const;
  return {
    words: ['talk', way, host, String(httpPort), String(sourcePort), ask(url)],
    tells: [connected('outbound', 'TCP', host, httpPort), told, { ...told, answerStatus: 200 }],
  };
}

function serving(guest: { readonly host: string; readonly sourcePort: number }): readonly Told[] {
  const told = {
    type: 'http',
    direction: 'inbound',
    internal: true,
    method: 'POST',
    url: '/orders',
    host: 'everything.test',
    headers: { Host: ['everything.test'], 'Content-Length': ['7'] },
    address: guest.host,
    port: SERVED_PORTS.http,
    sourcePort: guest.sourcePort,
  } as const;
  return [
    { ...told, body: 'rope=80' },
    { ...told, answerStatus: 404 },
  ];
}

function ask(url: string): string {
  return `GET ${url} HTTP/1.1\\r\\nHost: shop.test\\r\\nX-Act: everything\\r\\n\\r\\n`;
}

function answer(status: string): string {
  return `HTTP/1.1 ${status}\\r\\nContent-Length: 0\\r\\n\\r\\n`;
}

function twice<T>(told: T): readonly T[] {
  return [told, told];
}

function anOpen(path: string, flags = 0, result = 3): Told {
  return { type: 'open', path, flags, result };
}

function anExec(args: readonly string[]): Extract<Told, { readonly type: 'exec' }> {
  const [file = ''] = args;
  return {
    ...{ type: 'exec', args, argsTruncated: false, file, exePath: file, cwd: '/srv' },
    ...{ upperLayer: false, parentUpperLayer: false, tty: { major: 0, minor: 0 } },
  };
}

function ended(exitCode = 0, signal = 0): Told {
  return { type: 'exit', exitCode, signal };
}

function mounting(target: string): Told {
  const what = { source: 'none', filesystem: 'tmpfs', flags: MS_NOSUID_NODEV };
  return { type: 'mount', target, ...what, ...OF_PROGRAM };
}

function entering(): Told {
  return { type: 'setns', flags: CLONE_NEWUTS, ...OF_PROGRAM };
}

function tracing(request: number): Told {
  return { type: 'ptrace', exePath: PROGRAM, request };
}

/** 5 is BPF_PROG_LOAD. */
function loadingBpf(): Told {
  return { type: 'bpf', cmd: 5, attrSize: 48, ...OF_PROGRAM };
}

function using(capability: string, syscall: string): Told {
  return { type: 'capabilities', capability, syscall };
}

function connected(
  direction: 'inbound' | 'outbound',
  protocol: 'TCP' | 'UDP',
  ...[address, port]: readonly [string, number]
): Told {
  return { type: 'network', direction, protocol, address, port };
}
