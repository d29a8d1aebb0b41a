/** An endpoint of a profile in its two parts. */
export interface EndpointAddress {
  /** Decimal digits, empty when none is said; `0` is any port. */
  readonly port: string;
  /** Begins with `/`. */
  readonly path: string;
}

const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
const AUTHORITY = /^[^/?]*/;
/** Letters that a host may have, as Go's URL parser sees it; anything above ASCII too. */
const HOST = /^(?:[\w.~!$&'()*+,;="<>-]|[^\0-\x7f])*$/;
const V6_HOST = /^\[[0-9A-Fa-f:.]+(?:%25[\w.~-]+)?\]$/;
const CONTROL = /\p{Cc}/u;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/**
 * Port and path of `:80/health`, `http://host:80/health?x=1` or `/health`; scheme, host, query and fragment are
 * dropped, the path is not decoded. Undefined for what is no URL. Source: the rules of Go's url.ParseRequestURI.
 */
export function parseEndpoint(endpoint: string): EndpointAddress | undefined {
  if (endpoint === '' || CONTROL.test(endpoint)) return undefined;
  const scheme = SCHEME.exec(endpoint)?.[0] ?? '';
  const rest = endpoint.slice(scheme.length);
  const authority = AUTHORITY.exec(rest)?.[0] ?? '';
  const port = portOf(authority.slice(authority.lastIndexOf('@') + 1));
  const path = rest.slice(authority.length).split(/[?#]/, 1)[0] ?? '';
  if (port === undefined || BROKEN_ESCAPE.test(path)) return undefined;
  return { port, path: path === '' ? '/' : path };
}

/** The two parts of an endpoint as profiles write it: everything but a leading `:port` is the path. */
export function splitEndpoint(endpoint: string): EndpointAddress {
  const [, port = '', rest = ''] = /^(?::([^/]*))?([\s\S]*)$/.exec(endpoint) ?? [];
  return { port, path: rest.startsWith('/') ? rest : `/${rest}` };
}

/** The port behind a host; empty when there is none, undefined when either is none that can be. */
function portOf(authority: string): string | undefined {
  const colon = /:[^:\]]*$/.exec(authority)?.index ?? authority.length;
  const host = authority.slice(0, colon);
  const port = authority.slice(colon + 1);
  const isHost = HOST.test(host) || V6_HOST.test(host);
  return isHost && /^\d*$/.test(port) ? port : undefined;
}
