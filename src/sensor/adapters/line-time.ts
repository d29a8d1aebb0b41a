import { parseTimestamp } from '#runtime/timestamp.js';
import type { LineFields } from './line-fields.ts';

/** The year 9999: beyond it no time can be written. */
const LAST_MS = 253_402_300_799_999;
/** The year 2001: a number of nanoseconds below it counts from the machine's start, not from 1970. */
const FIRST_EPOCH_NS = 1e18;
const MS_DIGITS = 3;

/**
 * When a line says that it happened: RFC 3339 with up to nine digits of a second (`textPath`), else nanoseconds
 * since 1970 (`nsPath`), else `nowMs`. Milliseconds since the Unix epoch. Throws `invalid` for a text that is no time.
 */
export function timeOfLine(
  line: LineFields,
  paths: { readonly text: string; readonly ns?: string },
  nowMs: number,
): number {
  const ns = paths.ns === undefined ? undefined : line.number(paths.ns);
  const text = line.text(paths.text);
  if (text !== undefined && text !== '') {
    const timeMs = timeOfText(text);
    return timeMs ?? line.refuse(paths.text, 'a time in RFC 3339');
  }
  const timeMs = ns === undefined || ns < FIRST_EPOCH_NS ? nowMs : ns / 1e6;
  return timeMs <= LAST_MS ? timeMs : nowMs;
}

function timeOfText(text: string): number | undefined {
  const wholeMs = parseTimestamp(text);
  if (wholeMs === undefined || wholeMs < 0 || wholeMs > LAST_MS) return undefined;
  const digits = /\.([0-9]+)/.exec(text)?.[1]?.slice(MS_DIGITS, 9) ?? '';
  return digits === '' ? wholeMs : wholeMs + Number(`0.${digits}`);
}
