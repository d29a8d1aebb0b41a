import { AgentError } from '#model/agent-error.js';

/** Where a server of ours listens. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** What a person has written an address for. */
export interface AddressOption {
  /** Name of the option, for messages. */
  readonly name: string;
  /** What may stand there, for messages: `127.0.0.1:7654, unix:/path/of/a.sock, or off`. */
  readonly examples: string;
}

/** A socket's path and its closing NUL have 108 bytes in Linux' `struct sockaddr_un`. */
const LONGEST_PATH_BYTES = 107;

/**
 * Reads `host:port` (an IPv6 address in brackets; port 0 takes a free one), or `unix:` and the absolute path of a
 * socket; `unix://` is taken as well. Throws `invalid` for anything else.
 */
export function parseListenAddress(text: string, { name, examples }: AddressOption): ListenAddress {
  if (text.startsWith('unix:')) return { kind: 'unix', path: socketPath(text, name) };
  const [, bracketed, plain, digits] = /^(?:\[([^[\]]+)\]|([^[\]:/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host !== undefined && port <= 65_535) return { kind: 'tcp', host, port };
  throw new AgentError('invalid', `${name}: expected host:port such as ${examples}, got "${text}"`);
}

/** True for addresses that only this machine reaches: a socket, and the loopback network by number or name. */
export function isLocal(address: ListenAddress): boolean {
  return address.kind === 'unix' || isLoopbackHost(address.host);
}

/** `localhost`, 127.0.0.0/8 and ::1. */
export function isLoopbackHost(host: string): boolean {
  return /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|\[::1\])$/i.test(host);
}

function socketPath(text: string, name: string): string {
  const path = text.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (!/^\/.*[^/]$/.test(path) || path.includes('\0')) {
    throw new AgentError(
      'invalid',
      `${name}: expected an absolute path such as unix:/run/hullwatch/hullwatch.sock, got "${text}"`,
    );
  }
  const bytes = Buffer.byteLength(path);
  if (bytes <= LONGEST_PATH_BYTES) return path;
  throw new AgentError(
    'invalid',
    `${name}: the path of a socket has ${LONGEST_PATH_BYTES} bytes at most, ${path} has ${bytes}`,
  );
}
