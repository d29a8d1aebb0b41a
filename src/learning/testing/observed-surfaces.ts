import type { AttributedEvent } from '#model/attributed-event.js';
import type { DnsEvent, HttpEvent, NetworkEvent, RawEvent } from '#model/raw-event.js';
import { aContainer, anExit } from './observed.ts';

const { event: BASE } = anExit();
const { type: _type, ...FIELDS } = BASE;

/** A container's event with what the test is not about filled in from another. */
export function happened(
  event: Record<string, unknown> & Pick<RawEvent, 'type'>,
  container = aContainer(),
): AttributedEvent {
  return { ...anExit({}, container), event: { ...FIELDS, ...event } as unknown as RawEvent };
}

/** A connection to port 443 of a host outside. */
export function aConnection(changes: Partial<NetworkEvent> = {}): AttributedEvent {
  return happened({
    ...{ type: 'network', direction: 'outbound', protocol: 'TCP', address: '203.0.113.7' },
    ...{ port: 443, ...changes },
  });
}

/** The answer of a DNS server. */
export function anAnswer(changes: Partial<DnsEvent> = {}): AttributedEvent {
  return happened({
    ...{ type: 'dns', name: 'example.com.', isAnswer: true, addresses: ['203.0.113.7'] },
    ...{ protocol: 'UDP', address: '10.96.0.10', port: 53, sourcePort: 40_000, ...changes },
  });
}

/** A request that came in. */
export function aRequest(changes: Partial<HttpEvent> = {}): AttributedEvent {
  return happened({
    ...{ type: 'http', direction: 'inbound', internal: true, method: 'GET', url: '/orders?page=2' },
    ...{ host: 'shop', headers: {}, address: '10.0.0.9', port: 8_080, sourcePort: 40_000 },
    ...changes,
  });
}
