import type { Clock } from '#runtime/clock.js';
import { loadContainerdApi } from './containerd-api.ts';
import { ContainerdClient } from './containerd-client.ts';
import { type Check, probeSocket } from './runtimes/socket-probe.ts';

/**
 * Asks containerd for its version and namespaces: the least that watching containers needs. Never
 * rejects: what went wrong is the check's detail.
 */
export function probeContainerd(
  socketPath: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Check> {
  return probeSocket({
    ...{ name: 'containerd', title: 'containerd', socketPath, look: 'ctr version' },
    ask: async () => {
      const client = new ContainerdClient({ api: loadContainerdApi(), socketPath, clock });
      try {
        const [version, namespaces] = await Promise.all([
          client.version({ signal }),
          client.namespaces({ signal }),
        ]);
        const list = namespaces.length > 0 ? ` (${[...namespaces].sort().join(', ')})` : '';
        return `containerd ${version} at ${socketPath}, ${namespaces.length} namespaces${list}`;
      } finally {
        client.close();
      }
    },
  });
}
