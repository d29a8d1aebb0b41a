// What the learning benchmarks feed a recording with: events of one container, by kind.
import type { AttributedEvent } from '../src/model/attributed-event.ts';
import type {
  ExecEvent,
  HttpEvent,
  NetworkEvent,
  RawEvent,
  RawEventBase,
} from '../src/model/raw-event.ts';
import { aContainer } from '../src/model/testing/sample-container.ts';

const CONTAINER = aContainer();
const PROCESS = {
  ...{ pid: 100, ppid: 1, comm: 'nginx', exePath: '/usr/sbin/nginx', args: [], uid: 0, gid: 0 },
  ...{ cwd: '/', upperLayer: false, startTimeMs: 0 },
};
const BASE: Omit<RawEventBase, 'type'> = {
  ...{ seq: 1, timeMs: 0, cgroupId: 1, mountNs: 1, pid: 100, tid: 100, ppid: 1, uid: 0, gid: 0 },
  ...{ comm: 'nginx', parentComm: 'sh', setup: false },
};

/** Kinds of event, and how the one with a number is made; two with the same number are alike. */
export const KINDS = {
  open: (n: number) =>
    of({ ...BASE, type: 'open', path: fresh(pathOf(n)), flags: 0x80000, result: 3 }),
  'open below /proc': (n: number) =>
    of({ ...BASE, type: 'open', path: fresh(`/proc/${n}/status`), flags: 0x80000, result: 3 }),
  exec: (n: number) => of(execOf(n)),
  capabilities: (n: number) =>
    of({ ...BASE, type: 'capabilities', capability: fresh(`CAPABILITY_${n}`), syscall: 'openat' }),
  syscall: (n: number) => of({ ...BASE, type: 'syscall', syscall: fresh(`syscall_${n}`) }),
  'network, address': (n: number) => of(networkOf(n)),
  'network, pod': (n: number) => of({ ...networkOf(n), peer: podOf(n) }),
  http: (n: number) => of(httpOf(n)),
  'dns answer': (n: number) =>
    of({
      ...{
        ...BASE,
        type: 'dns',
        name: fresh(`host-${n}.example.com.`),
        isAnswer: true,
        protocol: 'UDP',
      },
      ...{ addresses: [addressOf(n)], address: '10.96.0.10', port: 53, sourcePort: 40_000 },
    }),
  'open with a call stack': (n: number) =>
    of({
      ...{ ...BASE, type: 'open', path: '/etc/hosts', flags: 0, result: 3 },
      callStack: ['main', 'server', 'handler', 'template', `view-${n}`].map((fileId) => ({
        fileId: fresh(fileId),
        line: 42,
      })),
    }),
} as const satisfies Readonly<Record<string, (n: number) => AttributedEvent>>;

/** One of {@link KINDS}. */
export type Kind = keyof typeof KINDS;

/** A path as containers open them, 20 to 60 characters; the next 100 lie in the same directory. */
export function pathOf(n: number): string {
  const directory = Math.floor(n / 100);
  return `/usr/share/app-${directory % 37}/lib/module-${directory}/file-${n}.conf`;
}

function of(event: RawEvent): AttributedEvent {
  return { event, container: CONTAINER, process: PROCESS };
}

/** The same characters as a text of its own, flat as one that was read from bytes. */
export function fresh(text: string): string {
  return Buffer.from(text).toString();
}

function execOf(n: number): ExecEvent {
  return {
    ...{ ...BASE, type: 'exec', argsTruncated: false, file: `/usr/bin/tool-${n}`, cwd: '/' },
    args: [`tool-${n}`, '--config', '/etc/tool/config.yaml', '--verbose'].map(fresh),
    exePath: fresh(`/usr/bin/tool-${n}`),
    upperLayer: false,
    parentUpperLayer: false,
  };
}

function networkOf(n: number): NetworkEvent {
  return {
    ...{ ...BASE, type: 'network', direction: 'outbound', protocol: 'TCP' },
    address: addressOf(n),
    port: 443,
  };
}

function podOf(n: number) {
  const labels = { app: `service-${n}`, 'pod-template-hash': '5d7f9' };
  return {
    kind: 'pod',
    namespace: fresh('shop'),
    name: fresh(`service-${n}-5d7f9-x`),
    labels,
  } as const;
}

function httpOf(n: number): HttpEvent {
  return {
    ...{ ...BASE, type: 'http', direction: 'inbound', internal: true, method: fresh('GET') },
    url: fresh(`/api/v1/orders/${n}?page=2`),
    host: fresh('shop.example.com'),
    headers: { 'user-agent': ['curl/8.5'], accept: ['*/*'] },
    address: '10.0.0.9',
    port: 8_080,
    sourcePort: 40_000,
  };
}

function addressOf(n: number): string {
  return fresh(`10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`);
}
