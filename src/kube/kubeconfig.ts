import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { ClusterAccess, Credentials, CredentialsRequest } from './cluster-access.ts';
import { ExecCredentials } from './exec-credentials.ts';
import { KeptFile } from './kept-file.ts';
import { type KubeconfigContext, kubeconfigContext } from './kubeconfig-document.ts';

/** Which kubeconfig, and which part of it. */
export interface KubeconfigOptions {
  readonly file: string;
  /** The file's `current-context` when absent. */
  readonly context?: string;
  readonly clock: Clock;
  /** Environment of exec plugins: they are looked for in its `PATH`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A value that may change: a text of the file itself, or that of another file. */
type Source = (isStale: boolean) => Promise<string | undefined>;

/**
 * Access as a kubeconfig describes it: certificates, tokens, passwords, and exec plugins. Paths in it are
 * relative to its folder; the files are read again each minute, and when the server refuses what they said.
 * `server` may also be `unix:/path`, which only our own store has. Rejects with `not-found`, or with `invalid`
 * naming file and field.
 */
export async function kubeconfigAccess(options: KubeconfigOptions): Promise<ClusterAccess> {
  const { file, clock, environment } = options;
  const content = await readFile(file, 'utf8').catch((reason: unknown) => {
    throw new AgentError('not-found', AgentError.from(reason).message, { cause: reason });
  });
  const context = kubeconfigContext(content, file, options.context);
  const { cluster, user, namespace, userField } = context;
  const folder = dirname(file);
  const exec =
    user.exec &&
    new ExecCredentials({
      exec: user.exec,
      field: `${userField}.exec`,
      folder,
      environment,
      clock,
      cluster,
    });
  const sources = sourcesOf(context, folder, clock);
  return {
    server: cluster.server.replace(/\/+$/, ''),
    ...(cluster['tls-server-name'] && { serverName: cluster['tls-server-name'] }),
    ...(cluster['insecure-skip-tls-verify'] && { isInsecure: true }),
    ...(namespace && { namespace }),
    credentials: (request) => credentialsFrom(sources, exec, request),
  };
}

async function credentialsFrom(
  sources: ReturnType<typeof sourcesOf>,
  exec: ExecCredentials | null | undefined,
  request: CredentialsRequest,
): Promise<Credentials> {
  const isStale = request.refused !== undefined;
  const [certificateAuthority, clientCertificate, clientKey, authorization] = await Promise.all([
    sources.certificateAuthority(isStale),
    sources.clientCertificate(isStale),
    sources.clientKey(isStale),
    sources.authorization(isStale),
  ]);
  return {
    ...(certificateAuthority !== undefined && { certificateAuthority }),
    ...(clientCertificate !== undefined && { clientCertificate }),
    ...(clientKey !== undefined && { clientKey }),
    ...(authorization !== undefined && { authorization }),
    // Something static comes before a plugin, as in kubectl.
    ...(exec && authorization === undefined && (await exec.credentials(request))),
  };
}

function sourcesOf(context: KubeconfigContext, folder: string, clock: Clock) {
  const { cluster, user, clusterField, userField } = context;
  const fileSource = (path: string, field: string): Source => {
    const kept = new KeptFile(resolve(folder, path), field, clock);
    return (isStale) => kept.read({ isStale });
  };
  const pem = (data: string | undefined, path: string | undefined, field: string): Source => {
    if (data) return fixed(pemOf(data, `${field}-data`));
    return path ? fileSource(path, field) : fixed(undefined);
  };
  return {
    certificateAuthority: pem(
      cluster['certificate-authority-data'],
      cluster['certificate-authority'],
      `${clusterField}.certificate-authority`,
    ),
    clientCertificate: pem(
      user['client-certificate-data'],
      user['client-certificate'],
      `${userField}.client-certificate`,
    ),
    clientKey: pem(user['client-key-data'], user['client-key'], `${userField}.client-key`),
    authorization: authorizationOf(user, (path) => fileSource(path, `${userField}.tokenFile`)),
  };
}

function authorizationOf(
  { token, tokenFile, username, password }: KubeconfigContext['user'],
  fileSource: (path: string) => Source,
): Source {
  if (tokenFile) {
    const read = fileSource(tokenFile);
    return async (isStale) => `Bearer ${await read(isStale)}`;
  }
  if (token) return fixed(`Bearer ${token}`);
  if (!username) return fixed(undefined);
  return fixed(`Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}`);
}

function fixed(value: string | undefined): Source {
  return async () => value;
}

function pemOf(base64: string, field: string): string {
  const text = Buffer.from(base64, 'base64').toString('utf8');
  if (text.includes('-----BEGIN')) return text;
  throw new AgentError('invalid', `${field}: expected PEM in base64`);
}
