import { redactText } from './redact.ts';
import { isSecretName } from './secret-names.ts';
import { REDACTED, redactValue } from './secret-patterns.ts';

const QUERY_OR_FRAGMENT = /[?#]/;
/** What stands between two parameters, or begins the fragment. */
const PARAMETER = /[^&;#?]+/g;
/** All between the scheme and the last `@` before the path. */
const USER_INFO = /^([A-Za-z][A-Za-z0-9+.-]{0,31}:\/\/|\/\/)([^/?#]*)@/;
/** Headers that are a secret whatever their name would say. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-api-key',
]);
/** Letters enough that a segment that says `token` beside it is one. */
const MIN_SEGMENT_SECRET = 8;

/**
 * A URL, or the path and query of one, with its secrets replaced by `[redacted]`: the password of a user,
 * parameters with a secret name (as in `isSecretName`), the segment behind one that is called so (`/token/abc…`),
 * and tokens that show by their form. Redacting twice changes nothing more; the time is linear.
 */
export function redactUrl(url: string): string {
  const end = url.search(QUERY_OR_FRAGMENT);
  const place = end < 0 ? url : url.slice(0, end);
  const parameters = end < 0 ? '' : url.slice(end);
  const anonymous = place.replace(USER_INFO, (_all, scheme: string, user: string) => {
    const colon = user.indexOf(':');
    return `${scheme}${colon < 0 ? user : `${user.slice(0, colon)}:${REDACTED}`}@`;
  });
  return redactText(redactSegments(anonymous)) + parameters.replace(PARAMETER, redactParameter);
}

/** The values of headers by their names; those of a header with a secret name are `[redacted]`, once. */
export function redactHeaders(
  headers: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values]) => {
      const isSecret = SECRET_HEADERS.has(name.toLowerCase()) || isSecretName(name);
      if (isSecret) return [name, values.length > 0 ? [REDACTED] : []];
      return [name, values.map((value) => redactText(value))];
    }),
  );
}

function redactSegments(place: string): string {
  const segments = place.split('/');
  return segments
    .map((segment, i) => {
      const before = segments[i - 1] ?? '';
      const isSecret = segment.length >= MIN_SEGMENT_SECRET && isSecretName(before);
      return isSecret ? redactValue(segment) : segment;
    })
    .join('/');
}

function redactParameter(parameter: string): string {
  const sign = parameter.indexOf('=');
  if (sign < 1 || sign === parameter.length - 1) return redactText(parameter);
  const name = decoded(parameter.slice(0, sign));
  return isSecretName(name)
    ? `${parameter.slice(0, sign + 1)}${redactValue(parameter.slice(sign + 1))}`
    : redactText(parameter);
}

/** A name may be written with escapes; one with broken ones is read as it stands. */
function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
