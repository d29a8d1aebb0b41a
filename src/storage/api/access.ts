import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { isLocal, isLoopbackHost, type ListenAddress } from '#listening/listen-address.js';
import { AgentError } from '#model/agent-error.js';
import { type Identity, ROLES } from './access-role.ts';
import { failure, Refusal, refusal } from './status.ts';
import type { TokenFile } from './token-file.ts';

/** Who may do what with a server. */
export interface AccessRules {
  readonly tokens: TokenFile | undefined;
  /** Client certificates are taken. */
  readonly hasClientCa: boolean;
  readonly address: ListenAddress;
}

const LOCAL: Identity = { name: 'local', role: 'read-write' };
const READ_METHODS = new Set(['GET', 'HEAD']);
const ORGANISATION_PREFIX = 'hullwatch:';

/** Throws `invalid`, naming what is missing, when strangers could reach the server. */
export function refuseOpenDoor(
  address: ListenAddress,
  given: { readonly hasTls: boolean; readonly hasTokens: boolean; readonly hasClientCa: boolean },
): void {
  if (given.hasClientCa && !given.hasTls) {
    throw new AgentError(
      'invalid',
      'client-ca: client certificates need TLS, give --tls-cert and --tls-key',
    );
  }
  if (isLocal(address)) return;
  const missing = [
    ...(given.hasTls ? [] : ['TLS (--tls-cert and --tls-key)']),
    ...(given.hasTokens || given.hasClientCa
      ? []
      : ['authentication (--token-file or --client-ca)']),
  ];
  if (missing.length === 0) return;
  throw new AgentError(
    'invalid',
    `listen: other machines can reach this address, so it needs ${missing.join(' and ')}; without that, listen on 127.0.0.1 or a unix socket`,
  );
}

/**
 * Who asks. Throws `Unauthorized` for who cannot be told, and `Forbidden` for who may not do this. On a local
 * address that asks for nothing everybody may do everything, except web pages that a browser opens.
 */
export function authorise(request: IncomingMessage, rules: AccessRules): Identity {
  const identity = identify(request, rules);
  if (identity.role === 'read-write' || READ_METHODS.has(request.method ?? '')) return identity;
  throw refusal('Forbidden', `"${identity.name}" may only read: its role is ${identity.role}`);
}

function identify(
  request: IncomingMessage,
  { tokens, hasClientCa, address }: AccessRules,
): Identity {
  if (!tokens && !hasClientCa) {
    refuseBrowsers(request, address);
    return LOCAL;
  }
  const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const found =
    (token !== undefined && tokens?.identify(token)) ||
    (hasClientCa && certificateIdentity(request));
  if (found) return found;
  throw new Refusal(failure('Unauthorized', 'Unauthorized'), {
    'www-authenticate': 'Bearer realm="hullwatch"',
  });
}

/** The role is an organisation of the certificate: `O=hullwatch:read-only`. */
function certificateIdentity({ socket }: IncomingMessage): Identity | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  // A certificate may name several organisations, which the types of Node do not know.
  const organisations = [subject?.O ?? []].flat();
  const role = ROLES.findLast((each) => organisations.includes(`${ORGANISATION_PREFIX}${each}`));
  return role && { name: String(subject?.CN ?? 'certificate'), role };
}

/** A page of another site must not write here, nor read by a name that was bent to this address. */
function refuseBrowsers({ headers }: IncomingMessage, address: ListenAddress): void {
  if (headers.origin !== undefined) {
    throw refusal('Forbidden', 'requests of web pages (header Origin) are not taken');
  }
  if (address.kind === 'unix' || headers.host === undefined) return;
  const host = headers.host.replace(/:\d+$/, '');
  if (isLoopbackHost(host)) return;
  throw refusal(
    'Forbidden',
    `the header Host names ${host.slice(0, 100)}, expected a loopback address`,
  );
}
