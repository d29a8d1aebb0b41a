import type { RawEvent } from '#model/raw-event.js';
import { anExit, inContainer } from './subjects.ts';

const { type: _type, ...FIELDS } = anExit().event;

/** One event of each kind that is neither of a process nor an open; changes as given. */
export const OTHER_EVENTS = {
  capabilities: { type: 'capabilities', capability: 'NET_ADMIN', syscall: 'setsockopt' },
  syscall: { type: 'syscall', syscall: 'ptrace' },
  network: {
    ...{ type: 'network', direction: 'outbound', protocol: 'TCP', address: '203.0.113.7' },
    port: 443,
  },
  dns: {
    ...{ type: 'dns', name: 'example.com.', isAnswer: true, addresses: ['203.0.113.7'] },
    ...{ protocol: 'UDP', address: '10.96.0.10', port: 53, sourcePort: 40_000 },
  },
  http: {
    ...{ type: 'http', direction: 'inbound', internal: true, method: 'POST', host: 'shop' },
    ...{ url: '/orders?page=2', headers: { 'user-agent': ['curl/8'], Accept: ['a', 'b'] } },
    ...{ address: '10.0.0.9', port: 8_080, sourcePort: 41_000 },
  },
  symlink: {
    ...{ type: 'symlink', oldPath: '/etc//shadow', newPath: '/tmp/x/../kept' },
    ...{ exePath: '/bin/ln', upperLayer: true },
  },
  hardlink: {
    ...{ type: 'hardlink', oldPath: '/etc/shadow', newPath: '/tmp/kept' },
    ...{ exePath: '/bin/ln', upperLayer: false },
  },
  iouring: { type: 'iouring', opcode: 18, flags: 3 },
} as const;

/** One of {@link OTHER_EVENTS} in a container. */
export function happened(
  type: keyof typeof OTHER_EVENTS,
  changes: Readonly<Record<string, unknown>> = {},
) {
  const event = { ...FIELDS, ...OTHER_EVENTS[type], ...changes };
  return inContainer(event as unknown as RawEvent);
}
