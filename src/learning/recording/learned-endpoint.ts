import type { HttpEvent } from '#model/raw-event.js';
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
 * fragment, with `⋯` for a segment that holds a
 * secret or that really is `*`. Undefined when it is too long.
 */
export function learnedEndpoint({
  url,
  port,
}: Pick<HttpEvent, 'url' | 'port'>): string | undefined {
  const target = url.replace(ABSOLUTE, '');
  const [path = ''] = target.split(/[?#]/, 1);
  if (path.length > MAX_URL_PATH_CHARS) return undefined;
  const rooted = path.startsWith('/') ? path : `/${path}`;
  const learned = redactUrl(rooted).replace(REDACTED_SEGMENT, ONE_SEGMENT);
  return `:${port || DEFAULT_PORT}${withoutAnySegments(learned)}`;
}
