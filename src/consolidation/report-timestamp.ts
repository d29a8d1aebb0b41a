import { parseTimestamp } from '#runtime/timestamp.js';

/** RFC 3339, or what Go's `time.Time` prints: a space for the `T`, a zone name, a monotonic reading. */
const REPORT_TIME =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)? ?(?:(Z)|([+-]\d\d):?(\d\d))(?: [^\s=]+)?(?: m=[+-][\d.]+)?$/;

const ZERO_TEXTS: ReadonlySet<string> = new Set([
  '',
  '0001-01-01 00:00:00 +0000 UTC',
  '0001-01-01T00:00:00Z',
]);

/** True for the spellings of "there was no report before": the first report of a series has one. */
export function isZeroReportTime(text: string): boolean {
  return ZERO_TEXTS.has(text);
}

/**
 * The moment that a report timestamp names, in nanoseconds since the Unix epoch; undefined when the
 * text names none. For ordering only: whether two reports join is decided on the texts themselves.
 */
export function reportTimeNs(text: string): bigint | undefined {
  const match = REPORT_TIME.exec(text);
  if (!match) return undefined;
  const [, date, time, fraction = '', utc, hours, minutes] = match;
  const zone = utc ?? `${hours}:${minutes}`;
  const wholeSecondMs = parseTimestamp(`${date}T${time}${zone}`);
  if (wholeSecondMs === undefined) return undefined;
  return BigInt(wholeSecondMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** The same in whole milliseconds; undefined when the text names no moment. */
export function reportTimeMs(text: string): number | undefined {
  const ns = reportTimeNs(text);
  return ns === undefined ? undefined : Number(ns / 1_000_000n);
}
