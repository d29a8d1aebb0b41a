import type { RawEvent } from './raw-event.ts';

/**
 * Whether an event says what its container does of its own accord, so that it is learned and judged. An answer to an
 * HTTP request says no more than the request did; what goes over a port of DNS or begins like HTTP may be neither; and the names
 * that a DNS server is asked for are its clients'.
 */
export function isJudgeable(event: RawEvent): boolean {
  if (event.type === 'http') return event.answerStatus === undefined && event.method !== '';
  if (event.type === 'dns') return event.name !== '' && event.direction !== 'inbound';
  return true;
}
