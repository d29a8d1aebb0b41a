import { AgentError } from '#model/agent-error.js';

/** Where the local HTTP port listens. */
export type HttpAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** A socket's path and its closing NUL have 108 bytes in Linux' `struct sockaddr_un`. */
const LONGEST_PATH_BYTES = 107;

/**
 * Reads the option `http`: `host:port` (an IPv6 address in brackets), or `unix:` and the absolute path
 * of a socket; `unix://` is taken as well. Throws `invalid` for anything else, `off` included.
 */
export function parseHttpAddress(text: string): HttpAddress {
  if (text.startsWith('unix:')) return { kind: 'unix', path: socketPath(text) };
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([^[\]:/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { kind: 'tcp', host, port };
  throw new AgentError(
    'invalid',
    `http: expected host:port such as 127.0.0.1:7654, unix:/path/of/a.sock, or off, got "${text}"`,
  );
}

function socketPath(text: string): string {
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!/^\/.*[^/]$/.test(path) || path.includes('\0')) {
    throw new AgentError(
      'invalid',
      `http: expected an absolute path such as unix:/run/hullwatch/hullwatch.sock, got "${text}"`,
    );
  }
  const bytes = Buffer.byteLength(path);
  if (bytes <= LONGEST_PATH_BYTES) return path;
  throw new AgentError(
    'invalid',
    `http: the path of a socket has ${LONGEST_PATH_BYTES} bytes at most, ${path} has ${bytes}`,
  );
}
