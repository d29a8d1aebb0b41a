import { join } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { ClusterAccess } from './cluster-access.ts';
import { KeptFile } from './kept-file.ts';

/** Where the kubelet mounts the token of the pod's service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What a pod is told of its API server. */
export interface InClusterOptions {
  /** Values of `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`. */
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly clock: Clock;
  /** With `token`, `ca.crt` and `namespace`; where the kubelet puts them when absent. */
  readonly folder?: string;
}

/**
 * Access with the pod's service account. Token and authority are read again each minute, and when the server
 * refuses them. Rejects with `invalid` outside of a pod, and with `unavailable` when the files are not there.
 */
export async function inClusterAccess(options: InClusterOptions): Promise<ClusterAccess> {
  const { host, port, clock, folder = SERVICE_ACCOUNT } = options;
  if (!host || !port) {
    throw new AgentError(
      'invalid',
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT: expected both, as in a pod of a cluster',
    );
  }
  const file = (name: string) => new KeptFile(join(folder, name), 'service account', clock);
  const token = file('token');
  const authority = file('ca.crt');
  // One after the other, so that the same file is always the one named as missing.
  await token.read();
  await authority.read();
  const namespace = await file('namespace')
    .read()
    .catch(() => undefined);
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ...(namespace !== undefined && { namespace }),
    credentials: async ({ refused }) => {
      const isStale = refused !== undefined;
      return {
        authorization: `Bearer ${await token.read({ isStale })}`,
        certificateAuthority: await authority.read({ isStale }),
      };
    },
  };
}
