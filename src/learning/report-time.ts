import { ZERO_TIME } from '#model/annotations.js';
import { formatTimestamp, parseTimestamp } from '#runtime/timestamp.js';

const WITH_FRACTION = /^(.+T\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
const NS_PER_MS = 1_000_000n;

/**
 * The moment that a report's timestamp names, in nanoseconds since the Unix epoch. The zero time, and
 * text that is no timestamp of ours, come before everything.
 */
export function reportTimeNs(text: string): bigint {
  const [, whole = '', fraction = ''] = WITH_FRACTION.exec(text) ?? [];
  const wholeMs = text === ZERO_TIME ? undefined : parseTimestamp(`${whole}Z`);
  if (wholeMs === undefined) return -1n;
  return BigInt(wholeMs) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}

/**
 * A timestamp before `report`, by a millisecond at most, and after `previous`. Undefined when there is
 * none between the two at nanoseconds.
 */
export function reportTimeBetween(previous: string, report: string): string | undefined {
  const reportNs = reportTimeNs(report);
  const gapNs = reportNs - reportTimeNs(previous);
  const backNs = (gapNs < NS_PER_MS ? gapNs : NS_PER_MS) / 2n;
  return backNs > 0n ? formatNs(reportNs - backNs) : undefined;
}

/** With milliseconds, and with nanoseconds where there are any. */
function formatNs(ns: bigint): string {
  const text = formatTimestamp(Number(ns / NS_PER_MS));
  const rest = ns % NS_PER_MS;
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
}
