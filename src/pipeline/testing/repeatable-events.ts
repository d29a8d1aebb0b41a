import type { EventType, RawEvent } from '#model/raw-event.js';
import { BASE } from './attributed-events.ts';

type Changes = Readonly<Record<string, unknown>>;

/** An event of a type that is deduplicated, and what may change in it. */
export interface RepeatableSample {
  readonly event: RawEvent;
  /** Each alone makes it another event. */
  readonly different: readonly Changes[];
  /** Each alone leaves it a repetition. */
  readonly alike: readonly Changes[];
}

const OF_ALL: readonly Changes[] = [{ cgroupId: 43 }, { cgroupId: 42 + 2 ** 40 }];
const OF_A_PROCESS: readonly Changes[] = [...OF_ALL, { pid: 101 }];
const HTTP: RawEvent = {
  ...BASE,
  ...{ type: 'http', direction: 'inbound', internal: true, method: 'GET', url: '/a?b=c' },
  ...{ host: 'shop', headers: { accept: ['x'] }, address: '10.0.0.9', port: 80, sourcePort: 4_000 },
};
const LINK = {
  ...{ ...BASE, oldPath: '/etc/passwd', newPath: '/tmp/x', exePath: '/bin/ln' },
  upperLayer: false,
} as const;
const LINK_CHANGES = [{ oldPath: '/etc/passwd/' }, { oldPath: '/tmp/x', newPath: '/etc/passwd' }];
const LINKS_ALIKE = [{ comm: 'ln' }, { exePath: '/bin/busybox' }];

/** One at least for each type of which repetitions are set aside. */
export const REPEATABLE_SAMPLES: readonly RepeatableSample[] = [
  {
    event: { ...BASE, type: 'open', path: '/etc/hosts', flags: 0, result: 3 },
    different: [
      ...OF_A_PROCESS,
      ...[{ path: '/etc/hostt' }, { path: '/etc/host' }, { path: '/etc/hosts\0' }, { flags: 1 }],
      ...[{ flags: 2 ** 31 }, { result: -13 }],
    ],
    alike: [{ result: 4 }, { tid: 102 }],
  },
  {
    event: { ...BASE, type: 'capabilities', capability: 'NET_RAW', syscall: 'socket' },
    different: [...OF_A_PROCESS, { capability: 'NET_ADMIN' }, { syscall: 'bind' }],
    alike: [{ comm: 'x' }],
  },
  {
    event: { ...LINK, type: 'symlink' },
    different: [...OF_A_PROCESS, ...LINK_CHANGES, { type: 'hardlink' }],
    alike: LINKS_ALIKE,
  },
  {
    event: { ...LINK, type: 'hardlink' },
    different: [...OF_A_PROCESS, ...LINK_CHANGES, { type: 'symlink' }],
    alike: LINKS_ALIKE,
  },
  {
    event: { ...BASE, type: 'iouring', opcode: 18, flags: 0 },
    different: [...OF_A_PROCESS, { opcode: 0, flags: 18 }, { opcode: 19 }, { flags: 1 }],
    alike: [{ tid: 102 }],
  },
  {
    event: { ...BASE, type: 'ptrace', exePath: '/bin/gdb', request: 16, targetPid: 7 },
    different: [...OF_A_PROCESS, { exePath: '/gdb' }, { request: 17 }, { targetPid: 8 }],
    alike: [{ comm: 'x' }],
  },
  {
    event: {
      ...{ ...BASE, type: 'ssh', address: '10.0.0.9', port: 22 },
      ...{ sourceAddress: '10.0.0.1', sourcePort: 4_000 },
    },
    different: [...OF_ALL, { address: '10.0.0.8' }, { port: 2_222 }, { sourceAddress: '::1' }],
    alike: [{ pid: 101 }, { sourcePort: 4_001 }],
  },
  {
    event: {
      ...{ ...BASE, type: 'network', direction: 'outbound', protocol: 'TCP' },
      ...{ address: '10.0.0.9', port: 80 },
    },
    different: [
      ...[...OF_A_PROCESS, { direction: 'inbound' }, { protocol: 'UDP' }],
      ...[{ address: '10.0.0.98', port: 0 }, { port: 81 }],
    ],
    alike: [{ names: ['shop.example.'] }],
  },
  {
    event: { ...BASE, type: 'syscall', syscall: 'openat' },
    different: [...OF_ALL, { syscall: 'openat2' }],
    alike: [{ pid: 101 }],
  },
  {
    event: HTTP,
    different: [
      ...[...OF_A_PROCESS, { direction: 'outbound' }, { method: 'PUT' }, { host: 'shop2' }],
      ...[{ url: '/a?b=d' }, { url: '/a' }, { answerStatus: 200 }, { body: '' }, { body: '1=1' }],
      ...[{ headers: {} }, { headers: { accept: ['y'] } }, { headers: { accept: ['x', 'x'] } }],
    ],
    alike: [{ sourcePort: 4_001 }, { headers: { accept: ['x'] } }],
  },
  {
    event: { ...HTTP, answerStatus: 200 },
    different: [{ answerStatus: 404 }, { url: '/' }],
    alike: [{ headers: { date: ['now'] } }, { body: 'x' }],
  },
];

/** An event with some of its fields changed, maybe into one of another type. */
export function changed(event: RawEvent, ...changes: readonly Changes[]): RawEvent {
  return Object.assign({}, event, ...changes) as RawEvent;
}

/** The types of {@link REPEATABLE_SAMPLES}. */
export const REPEATABLE_TYPES: ReadonlySet<EventType> = new Set(
  REPEATABLE_SAMPLES.map(({ event }) => event.type),
);
