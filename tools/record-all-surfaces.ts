// node --conditions=source tools/record-all-surfaces.ts: makes examples/recordings/all-surfaces.ndjson, in which a
// web server and its client do one thing of every kind that events tell of: a story made by hand, with
// times and numbers of its own, so that it is the same each time.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Container, InstanceId } from '../src/model/container.ts';
import type { ExecEvent, NetworkPeer, RawEvent, RawEventBase } from '../src/model/raw-event.ts';
import { stableName, workloadName } from '../src/profile/slug.ts';

const FILE = fileURLToPath(new URL('../examples/recordings/all-surfaces.ndjson', import.meta.url));
const START_MS = 1_795_600_000_000;
const lines: object[] = [];
let timeMs = START_MS;
let seq = 0;

interface Subject {
  readonly container: Container;
  readonly base: Omit<RawEventBase, 'type' | 'seq' | 'timeMs' | 'callStack'>;
}
/** An event without what the teller fills in. */
type Told<E> = E extends RawEvent
  ? Omit<E, Exclude<keyof RawEventBase, 'type'>> & Partial<Pick<RawEventBase, 'callStack'>>
  : never;

const web = subject('web', { namespace: 'shop', digit: '1', pid: 2_001, program: 'nginx' });
const client = subject('client', { namespace: 'tools', digit: '2', pid: 3_001, program: 'curl' });
const WEB_PEER: NetworkPeer = {
  ...{ kind: 'pod', namespace: 'shop', name: 'web-6f9c7d5b84-abcde' },
  labels: { app: 'web', 'pod-template-hash': '6f9c7d5b84' },
};
const CLIENT_PEER: NetworkPeer = {
  ...{ kind: 'pod', namespace: 'tools', name: 'client-6f9c7d5b84-abcde' },
  labels: { app: 'client', 'pod-template-hash': '6f9c7d5b84' },
};
const DATABASE: NetworkPeer = {
  ...{ kind: 'service', namespace: 'shop', name: 'database' },
  selector: { app: 'database' },
};
const API: NetworkPeer = { kind: 'service', namespace: 'default', name: 'kubernetes' };

begin(web);
begin(client);
startUp();
for (let round = 0; round < 3; round += 1) serve(round);
links();
misuse();
lines.push({ type: 'suppressed', timeMs, duplicates: { open: 7, network: 2 }, unwanted: {} });
end(client, 0);
end(web, 0);
const body = [
  { type: 'recording', version: 1, agentVersion: '0.4.0', timeMs: START_MS },
  ...lines,
  { type: 'end', timeMs, entries: lines.length },
];
writeFileSync(FILE, body.map((line) => `${JSON.stringify(line)}\n`).join(''));

function startUp(): void {
  const [path, host] = ['PATH', 'HOSTNAME'];
  exec(web, ['/usr/sbin/nginx', '-g', 'daemon off;'], {
    ...{ envNames: [path, host, 'NGINX_VERSION'], tty: { major: 0, minor: 0 } },
  });
  exec(client, ['/usr/bin/curl', '-s', 'http://web.shop/api/orders'], {
    ...{ envNames: [path, host], tty: { major: 136, minor: 0 } },
  });
  tell(web, { type: 'capabilities', capability: 'NET_BIND_SERVICE', syscall: 'bind' });
  tell(web, { type: 'capabilities', capability: 'SETUID', syscall: 'setuid' });
  tell(web, { type: 'capabilities', capability: 'SETGID', syscall: 'setgid' });
  for (const syscall of ['openat', 'accept4', 'epoll_wait', 'sendfile']) {
    tell(web, { type: 'syscall', syscall });
  }
  for (const syscall of ['openat', 'connect', 'sendto']) tell(client, { type: 'syscall', syscall });
  open(web, { path: '/etc/nginx/nginx.conf', flags: 0x80000 }, ['nginx', 'conf']);
  open(web, { path: '/var/log/nginx/access.log', flags: 0x441 }, ['nginx', 'log']);
  open(web, { path: '/proc/2001/status', flags: 0 });
  open(client, { path: '/etc/resolv.conf', flags: 0x80000 });
}

function serve(round: number): void {
  dns(client, 'web.shop.svc.cluster.local.', '10.96.0.20');
  connect(client, web, { port: 80, peer: WEB_PEER });
  accept(web, client, { port: 80, peer: CLIENT_PEER });
  http(client, web, { url: `/api/orders?page=${round}`, method: 'GET', port: 80 });
  http(client, web, { url: '/api/orders', method: 'POST', port: 80 });
  const page = `/usr/share/nginx/html/page-${round}.html`;
  open(web, { path: page, flags: 0x80000 }, ['nginx', 'static']);
  to(web, { address: '10.96.0.30', port: 5_432, peer: DATABASE });
  to(web, { address: '10.96.0.1', port: 443, peer: API });
  const updates = 'updates.example.com.';
  dns(client, updates, '203.0.113.7');
  to(client, { address: '203.0.113.7', port: 443, names: [updates] });
  to(client, { address: '2001:db8::7', port: 443 });
  to(client, { address: '127.0.0.1', port: 9_000 });
  tell(client, {
    ...{ type: 'network', direction: 'outbound', protocol: 'UDP' },
    ...{ address: '198.51.100.4', port: 123 },
  });
  tell(web, { type: 'iouring', opcode: 18, flags: 0 });
}

function links(): void {
  const from = { exePath: '/bin/ln', upperLayer: false };
  tell(web, { type: 'symlink', oldPath: '/etc/nginx/nginx.conf', newPath: '/tmp/conf', ...from });
  tell(web, { type: 'hardlink', oldPath: '/etc/shadow', newPath: '/tmp/kept', ...from });
  tell(web, { type: 'fork', childPid: 2_010, childStartMs: timeMs + 25 });
}

/** What containers of a shop have no business doing. */
function misuse(): void {
  const by = { exePath: '/usr/sbin/nginx', upperLayer: false };
  tell(web, { type: 'bpf', cmd: 5, attrSize: 128, ...by });
  tell(web, { type: 'kmod', module: 'dummy', syscall: 'finit_module', ...by });
  tell(web, { type: 'ptrace', exePath: by.exePath, request: 16, targetPid: 2_010 });
  tell(web, { type: 'unshare', flags: 0x1000_0000, ...by });
  tell(web, {
    ...{ type: 'mount', source: '/dev/vda1', target: '/mnt/node', filesystem: 'ext4' },
    ...{ flags: 1, ...by },
  });
  tell(web, { type: 'setns', flags: 0x2_0000, ...by });
  tell(web, { type: 'randomx', ...by });
  tell(web, {
    ...{ type: 'ssh', address: '203.0.113.9', port: 2_222 },
    ...{ sourceAddress: '10.244.0.7', sourcePort: 40_022 },
  });
}

function subject(
  name: string,
  told: {
    readonly namespace: string;
    readonly digit: string;
    readonly pid: number;
    readonly program: string;
  },
): Subject {
  const { namespace, digit, pid, program } = told;
  const instanceId: InstanceId = {
    ...{ apiVersion: 'apps/v1', namespace, kind: 'ReplicaSet', name: `${name}-6f9c7d5b84` },
    ...{ containerType: 'containers', containerName: name, templateHash: '6f9c7d5b84' },
  };
  const labels = { app: name, 'pod-template-hash': '6f9c7d5b84' };
  const cgroupId = 7_000 + Number(digit);
  const container: Container = {
    ...{ id: digit.repeat(64), runtimeNamespace: 'k8s.io', name, kind: 'container', namespace },
    image: `registry.example.com/${name}:1.0`,
    imageDigest: `sha256:${digit.repeat(64)}`,
    pod: { name: `${name}-6f9c7d5b84-abcde`, namespace, uid: `pod-${name}`, labels },
    ...{ labels: {}, cgroupId, pid, startedAtMs: START_MS, preExisting: false, instanceId },
    profileName: stableName(instanceId),
    workloadName: workloadName(instanceId),
    workloadKind: 'Deployment',
  };
  const base = {
    ...{ cgroupId, mountNs: 4_026_532_000 + Number(digit), pid, processStartMs: START_MS + 5 },
    ...{ tid: pid, ppid: 1, uid: 0, gid: 0 },
    ...{ comm: program, parentComm: 'containerd-shim', setup: false },
  };
  return { container, base };
}

function begin({ container }: Subject): void {
  timeMs += 10;
  const { id, cgroupId } = container;
  lines.push({ type: 'cgroup', timeMs, cgroupId, name: id, parentName: `pod-${container.name}` });
  lines.push({ type: 'container-added', timeMs, container });
}

function end(who: Subject, exitCode: number): void {
  tell(who, { type: 'exit', exitCode, signal: 0 });
  timeMs += 500;
  lines.push({ type: 'container-removed', timeMs, containerId: who.container.id, exitCode });
}

function tell({ base }: Subject, event: Told<RawEvent>): void {
  timeMs += 25;
  seq += 1;
  lines.push({ ...event, seq, timeMs, ...base });
}

/** The first argument is the program's path; as `argv[0]` stands its name. */
function exec(
  who: Subject,
  [exePath = '', ...args]: readonly string[],
  has: Required<Pick<ExecEvent, 'envNames' | 'tty'>>,
): void {
  const { comm } = who.base;
  tell(who, {
    ...{ type: 'exec', args: [comm, ...args], argsTruncated: false, file: exePath, exePath },
    ...{ cwd: '/', upperLayer: false, parentUpperLayer: false, ...has },
  });
}

function open(
  who: Subject,
  what: { readonly path: string; readonly flags: number },
  files: readonly string[] = [],
): void {
  const callStack = files.map((fileId, depth) => ({ fileId, line: 10 * depth + fileId.length }));
  tell(who, { type: 'open', result: 5, ...what, ...(files.length > 0 && { callStack }) });
}

function dns(who: Subject, name: string, address: string): void {
  const server = { address: '10.96.0.10', port: 53, sourcePort: 40_000, protocol: 'UDP' } as const;
  tell(who, { type: 'dns', name, isAnswer: false, addresses: [], ...server });
  tell(who, { type: 'dns', name, isAnswer: true, addresses: [address], ttlSeconds: 30, ...server });
}

function to(
  who: Subject,
  where: {
    readonly address: string;
    readonly port: number;
    readonly peer?: NetworkPeer;
    readonly names?: readonly string[];
  },
): void {
  tell(who, { type: 'network', direction: 'outbound', protocol: 'TCP', ...where });
}

interface Connection {
  readonly port: number;
  readonly peer: NetworkPeer;
}

function connect(who: Subject, other: Subject, { port, peer }: Connection): void {
  to(who, { address: addressOf(other), port, peer });
}

function accept(who: Subject, other: Subject, { port, peer }: Connection): void {
  const network = { type: 'network', direction: 'inbound', protocol: 'TCP' } as const;
  tell(who, { ...network, address: addressOf(other), port, peer });
}

/** Both sides tell of a request and of its answer. */
function http(
  from: Subject,
  at: Subject,
  request: { readonly url: string; readonly method: string; readonly port: number },
): void {
  const common = {
    ...{ type: 'http' as const, internal: true, host: 'web.shop', sourcePort: 41_000 },
    headers: { 'User-Agent': ['curl/8.5.0'], Accept: ['*/*'] },
    ...request,
  };
  const sent = { ...common, direction: 'outbound', address: addressOf(at) } as const;
  const received = { ...common, direction: 'inbound', address: addressOf(from) } as const;
  tell(from, sent);
  tell(at, received);
  tell(at, { ...received, answerStatus: 200 });
  tell(from, { ...sent, answerStatus: 200 });
}

function addressOf({ container }: Subject): string {
  return container.name === 'web' ? '10.244.0.11' : '10.244.0.12';
}
