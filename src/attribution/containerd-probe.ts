import { stat } from 'node:fs/promises';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { loadContainerdApi } from './containerd-api.ts';
import { ContainerdClient } from './containerd-client.ts';

/** One line of `hullwatch doctor`. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found, for a person. */
  readonly detail: string;
  /** What to do about it. */
  readonly fix?: string;
}

/**
 * Asks containerd for its version and namespaces: the least that watching containers needs. Never
 * rejects: what went wrong is the check's detail.
 */
export async function probeContainerd(
  socketPath: string,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Check> {
  const problem = await socketProblem(socketPath);
  if (problem !== undefined) return { name: 'containerd', ok: false, ...problem };
  const client = new ContainerdClient({ api: loadContainerdApi(), socketPath, clock });
  try {
    const [version, namespaces] = await Promise.all([
      client.version({ signal }),
      client.namespaces({ signal }),
    ]);
    const list = namespaces.length > 0 ? ` (${[...namespaces].sort().join(', ')})` : '';
    const detail = `containerd ${version} at ${socketPath}, ${namespaces.length} namespaces${list}`;
    return { name: 'containerd', ok: true, detail };
  } catch (reason) {
    const isDenied = /EACCES|permission denied/i.test(AgentError.from(reason).message);
    return {
      name: 'containerd',
      ok: false,
      detail: `${socketPath}: ${AgentError.from(reason).message}`,
      fix: isDenied
        ? 'run as root, or as a user that may use the socket'
        : 'see that containerd runs and that this is its socket: ctr version',
    };
  } finally {
    client.close();
  }
}

async function socketProblem(
  socketPath: string,
): Promise<{ readonly detail: string; readonly fix: string } | undefined> {
  try {
    if ((await stat(socketPath)).isSocket()) return undefined;
    return { detail: `${socketPath} is no socket`, fix: "give the path of containerd's socket" };
  } catch (reason) {
    const isMissing = (reason as { readonly code?: unknown }).code === 'ENOENT';
    return {
      detail: isMissing ? `${socketPath} does not exist` : AgentError.from(reason).message,
      fix: isMissing
        ? "start containerd, or give the path of its socket; in a container, mount the host's"
        : 'run as root, or as a user that may reach the socket',
    };
  }
}
