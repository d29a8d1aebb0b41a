import type { RawEvent } from '#model/raw-event.js';
import { redactArguments, redactText } from '#profile/redact.js';
import { redactHeaders, redactUrl } from '#profile/redact-url.js';

/** The event of an alert as JSON, for the spool: secrets are redacted as in recordings. */
export function spooledEvent(event: RawEvent): string {
  return JSON.stringify(redacted(event));
}

function redacted(event: RawEvent): RawEvent {
  if (event.type === 'exec') return { ...event, args: redactArguments(event.args) };
  if (event.type !== 'http') return event;
  return {
    ...event,
    url: redactUrl(event.url),
    headers: redactHeaders(event.headers),
    ...(event.body !== undefined && { body: redactText(event.body) }),
  };
}
