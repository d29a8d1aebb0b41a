import { AgentError } from '#model/agent-error.js';

/** Where the API listens. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** A socket's path and its closing NUL have 108 bytes in Linux' `struct sockaddr_un`. */
const LONGEST_PATH_BYTES = 107;

/**
 * Reads `host:port` (an IPv6 address in brackets; port 0 takes a free one) or `unix:` and an absolute path.
 * Throws `invalid` for anything else.
 */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) return { kind: 'unix', path: socketPath(text) };
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([^[\]:/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { kind: 'tcp', host, port };
  throw new AgentError(
    'invalid',
    `listen: expected host:port such as 127.0.0.1:8080, or unix:/path/of/a.sock, got "${text}"`,
  );
}

/** True for addresses that only this machine reaches: a socket, and the loopback network by number or name. */
export function isLocal(address: ListenAddress): boolean {
  return address.kind === 'unix' || isLoopbackHost(address.host);
}

/** `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])$/i.test(host);
}

function socketPath(text: string): string {
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  const isUsable = /^\/.*[^/]$/.test(path) && !path.includes('\0');
  if (isUsable && Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return path;
  throw new AgentError(
    'invalid',
    `listen: expected an absolute path of at most ${LONGEST_PATH_BYTES} bytes such as unix:/run/hullwatch/store.sock, got "${text}"`,
  );
}
