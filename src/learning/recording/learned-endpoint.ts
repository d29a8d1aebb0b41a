import type { HttpEvent } from '#model/raw-event.js';
import { parseEndpoint } from '#profile/collapse/endpoint-address.js';
import { ONE_SEGMENT } from '#profile/path-pattern.js';
import { redactUrl } from '#profile/redact-url.js';
import { withoutAnySegments } from '../learned-path.ts';

/** HTTP's own port, for a source that does not tell it. */
const DEFAULT_PORT = 80;
/** Longer paths are not learned: no rule could name them, and they would fill the profile. */
export const MAX_URL_PATH_CHARS = 2_048;

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/** A segment with a secret is another one next time. */
const REDACTED_SEGMENT = /[^/]*\[redacted\][^/]*/g;

/**
 * An endpoint as it goes into a profile: `":<port><path>"` of a request's target, without query and
 * fragment, with `⋯` for each segment that holds a secret, really is `*`, or may stand in no URL. So it
 * covers what it was made of. Undefined when it is too long.
 */
export function learnedEndpoint({
  url,
  port,
}: Pick<HttpEvent, 'url' | 'port'>): string | undefined {
  const target = url.replace(ABSOLUTE, '');
  const [path = ''] = target.split(/[?#]/, 1);
  if (path.length > MAX_URL_PATH_CHARS) return undefined;
  const rooted = withoutAnySegments(path.startsWith('/') ? path : `/${path}`);
  const learned = withoutSecrets(rooted);
  const endpoint = `:${port || DEFAULT_PORT}${learned}`;
  // A store drops what is no URL.
  if (parseEndpoint(endpoint) !== undefined) return endpoint;
  const segments = learned.split('/').map((segment) => (isInUrls(segment) ? segment : ONE_SEGMENT));
  return `:${port || DEFAULT_PORT}${segments.join('/')}`;
}

function withoutSecrets(path: string): string {
  const redacted = redactUrl(path);
  const learned = redacted === path ? path : withChangedSegments(path, redacted);
  return learned.replace(REDACTED_SEGMENT, ONE_SEGMENT);
}

/** The path with `⋯` for each segment that was changed. A secret can reach over several: then for all in between. */
function withChangedSegments(path: string, changed: string): string {
  const before = path.split('/');
  const after = changed.split('/');
  if (before.length === after.length) {
    return before.map((segment, i) => (segment === after[i] ? segment : ONE_SEGMENT)).join('/');
  }
  const most = Math.min(before.length, after.length);
  let head = 0;
  while (head < most && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const end = before.length - tail;
  // Nothing between two slashes is no secret, and at the end no segment.
  const isKept = (segment: string, i: number) => i < head || i >= end || segment === '';
  return before.map((segment, i) => (isKept(segment, i) ? segment : ONE_SEGMENT)).join('/');
}

function isInUrls(segment: string): boolean {
  return parseEndpoint(`/${segment}`) !== undefined;
}
