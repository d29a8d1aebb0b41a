import { readFileSync, statSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';

/** Paths of PEM files. */
export interface TlsPaths {
  readonly cert: string;
  readonly key: string;
  /** Client certificates that this authority signed are taken. */
  readonly clientCa?: string | undefined;
}

/** Contents of PEM files, as Node's TLS server takes them. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly minVersion: 'TLSv1.2';
}

const CHECK_INTERVAL_MS = 1_000;

/** Reads the files. Throws `invalid` when one cannot be used. */
export function readTlsMaterial({ cert, key, clientCa }: TlsPaths): TlsMaterial {
  const material = {
    cert: readPem('tls-cert', cert),
    key: readPem('tls-key', key),
    ...(clientCa !== undefined && { ca: readPem('client-ca', clientCa) }),
    minVersion: 'TLSv1.2',
  } as const;
  try {
    createSecureContext(material);
    return material;
  } catch (cause) {
    const why = AgentError.from(cause).message;
    throw new AgentError('invalid', `tls-cert ${cert} and tls-key ${key} do not fit: ${why}`, {
      cause,
    });
  }
}

/**
 * Looks at the files each second and hands on what has changed; files that cannot be used are reported
 * and leave the server with the old ones. Ends when the function that is returned is called.
 */
export function followTlsFiles(
  paths: TlsPaths,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  use: (material: TlsMaterial) => void,
): () => void {
  let seen = stateOf(paths);
  const check = () => {
    cancel = clock.schedule(CHECK_INTERVAL_MS, check);
    const state = stateOf(paths);
    if (state === seen) return;
    seen = state;
    try {
      use(readTlsMaterial(paths));
      log.info('certificates read again', { cert: paths.cert });
    } catch (reason) {
      log.error('certificates cannot be used', errorFields(reason));
    }
  };
  let cancel = clock.schedule(CHECK_INTERVAL_MS, check);
  return () => cancel();
}

function readPem(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new AgentError('invalid', `${option}: ${AgentError.from(cause).message}`, { cause });
  }
}

function stateOf({ cert, key, clientCa }: TlsPaths): string {
  return [cert, key, clientCa]
    .map((path) => {
      const found = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
      return found ? `${found.ino} ${found.size} ${found.mtimeMs}` : '-';
    })
    .join(' ');
}
