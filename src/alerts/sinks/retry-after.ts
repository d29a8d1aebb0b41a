import { parseTimestamp } from '#runtime/timestamp.js';

/** Longer waits than this are taken for a mistake. */
const MAX_WAIT_MS = 3_600_000;
/** IMF-fixdate, the only form that may still be sent (RFC 9110 5.6.7). */
const HTTP_DATE = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * How long a `Retry-After` header asks to wait, in milliseconds, an hour at most: seconds, or a date
 * (RFC 9110 10.2.3). Undefined when there is none or it says neither.
 */
export function retryAfterMs(value: string | undefined, nowMs: number): number | undefined {
  const text = value?.trim() ?? '';
  if (/^\d+$/.test(text)) return bounded(Number(text) * 1_000);
  const untilMs = httpDateMs(text);
  return untilMs === undefined ? undefined : bounded(untilMs - nowMs);
}

function bounded(ms: number): number {
  return Math.min(MAX_WAIT_MS, Math.max(0, ms));
}

function httpDateMs(text: string): number | undefined {
  const [, day, name = '', year, hour, minute, second] = HTTP_DATE.exec(text) ?? [];
  const month = MONTHS.indexOf(name) + 1;
  if (month === 0) return undefined;
  const iso = `${year}-${`${month}`.padStart(2, '0')}-${day}T${hour}:${minute}:${second}Z`;
  return parseTimestamp(iso);
}
