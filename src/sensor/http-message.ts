/** What an HTTP/1 request says as far as its first bytes go. */
export interface HttpRequestHead {
  readonly method: string;
  /** As in the request line. */
  readonly url: string;
  /** The `Host` header; empty when there was none. */
  readonly host: string;
  /** By name as it was sent, each with all its values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
}

/** A request as far as its first bytes go. */
export interface HttpRequestStart {
  readonly head: HttpRequestHead;
  /** What follows the headers; empty when nothing does. */
  readonly body: string;
}

/** A request of which nothing is known. */
export const NO_HTTP_REQUEST: HttpRequestHead = { method: '', url: '', host: '', headers: {} };

const REQUEST_LINE = /^([A-Z][A-Z-]{0,31}) ([^ \r\n]+) HTTP\/1\.[01]\r?(?:\n|$)/;
/** A line that was cut off where the bytes end. */
const CUT_REQUEST_LINE = /^([A-Z][A-Z-]{0,31}) ([^ \r\n]+)(?: [HTP/1.]*)?\r?$/;
const STATUS_LINE = /^HTTP\/1\.[01] ([1-5][0-9][0-9])(?:[ \r\n]|$)/;
/** RFC 9110 5.6.2: what a header's name consists of. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const MAX_HEADERS = 128;
/** A request line that fills all that was kept of it. */
const LONG_LINE_BYTES = 1024;

/** Reads the start of a request; undefined when the bytes are not one. */
export function parseHttpRequest(bytes: Buffer): HttpRequestStart | undefined {
  const text = bytes.toString('utf8');
  const line = REQUEST_LINE.exec(text);
  if (!line) return parseCutLine(text);
  const [whole, method = '', url = ''] = line;
  const bodyAt = endOfHead(text, whole.length);
  // Headers that do not end were cut off within the last line.
  const headersEnd = bodyAt < 0 ? text.lastIndexOf('\n') : bodyAt;
  const headText = text.slice(whole.length, headersEnd);
  const headers = parseHeaders(headText);
  const head = { method, url, host: hostOf(headers), headers };
  return { head, body: bodyAt < 0 ? '' : text.slice(bodyAt) };
}

/** The status of an answer; undefined when the bytes do not begin one. */
export function parseHttpStatus(bytes: Buffer): number | undefined {
  const status = STATUS_LINE.exec(bytes.toString('latin1', 0, 16))?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Only a long address is cut off by us; a short text without `HTTP/1` is another protocol (`GET key`). */
function parseCutLine(text: string): HttpRequestStart | undefined {
  if (text.length < LONG_LINE_BYTES) return undefined;
  const [, method = '', url = ''] = CUT_REQUEST_LINE.exec(text) ?? [];
  return method === '' ? undefined : { head: { ...NO_HTTP_REQUEST, method, url }, body: '' };
}

/** Where the body begins, -1 when the headers do not end. `from` is behind the request line. */
function endOfHead(text: string, from: number): number {
  const match = /(?:^|\n)\r?\n/g;
  match.lastIndex = from - 1;
  return match.exec(text) ? match.lastIndex : -1;
}

function parseHeaders(text: string): Record<string, readonly string[]> {
  // Not an object from the start: a header may be called `__proto__`.
  const headers = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/, MAX_HEADERS)) {
    const colonAt = line.indexOf(':');
    const name = line.slice(0, Math.max(colonAt, 0));
    if (!HEADER_NAME.test(name)) continue;
    const value = line.slice(colonAt + 1).trim();
    const values = headers.get(name);
    if (values) values.push(value);
    else headers.set(name, [value]);
  }
  return Object.fromEntries(headers);
}

function hostOf(headers: Readonly<Record<string, readonly string[]>>): string {
  const values = headers['Host'] ?? headers['host'];
  if (values) return values[0] ?? '';
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === 'host') return headers[name]?.[0] ?? '';
  }
  return '';
}
