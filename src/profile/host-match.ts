/**
 * Whether an endpoint of a profile is on a host: it is a URL with that host, it is the host, or it
 * begins with the host and `/` or `:`. The host must not be empty; case matters.
 *
 * Source: cp.was_host_accessed of the public node agent.
 */
export function isOnHost(endpoint: string, host: string): boolean {
  if (endpoint.startsWith(host)) {
    const next = endpoint.charAt(host.length);
    if (next === '' || next === '/' || next === ':') return true;
  }
  const scheme = endpoint.indexOf('://');
  return scheme > 0 && hostOf(endpoint.slice(scheme + 3)) === host;
}

function hostOf(rest: string): string {
  const [authority = ''] = rest.split(/[/?#]/, 1);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (host.startsWith('[')) return host.slice(1).split(']', 1)[0] ?? '';
  return host.split(':', 1)[0] ?? '';
}
