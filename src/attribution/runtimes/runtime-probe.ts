import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { probeContainerd } from '../containerd-probe.ts';
import { loadCriApi } from './cri-api.ts';
import { GrpcConnection } from './grpc-connection.ts';
import { fieldsOf, parseFields, textOf } from './json-fields.ts';
import type { RUNTIMES } from './open-runtime-watcher.ts';
import { SocketHttp } from './socket-http.ts';
import { type Check, probeSocket } from './socket-probe.ts';

interface ProbeOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Asks the container runtime at a socket for its version. Takes at most five seconds. Never rejects: what went wrong is the
 * check's detail.
 */
export function probeRuntime(
  { kind, socketPath }: { readonly kind: (typeof RUNTIMES)[number]; readonly socketPath: string },
  options: ProbeOptions,
): Promise<Check> {
  switch (kind) {
    case 'containerd':
      return probeContainerd(socketPath, options);
    case 'cri':
      return probeSocket({
        ...{ name: 'cri', title: 'the CRI runtime', socketPath, look: 'crictl version' },
        ask: () => askCri(socketPath, options),
      });
    case 'docker':
      return probeSocket({
        ...{ name: 'docker', title: 'Docker', socketPath, look: 'docker version' },
        ask: () => askDocker(socketPath, options),
      });
    default:
      return kind satisfies never;
  }
}

async function askCri(socketPath: string, { clock, signal }: ProbeOptions): Promise<string> {
  const connection = new GrpcConnection({ socketPath, clock });
  try {
    const answer = await connection.call(loadCriApi().method('Version'), {}, { signal });
    const { runtimeName, runtimeVersion } = fieldsOf(answer);
    return `${textOf(runtimeName)} ${textOf(runtimeVersion)} at ${socketPath}`;
  } finally {
    connection.close();
  }
}

async function askDocker(socketPath: string, { clock, signal }: ProbeOptions): Promise<string> {
  const http = new SocketHttp({ socketPath, clock });
  try {
    const { Version, ApiVersion } = parseFields(await http.get('/version', { signal }));
    const version = textOf(Version);
    if (version === '') throw new AgentError('invalid', 'GET /version: expected the version');
    return `Docker ${version} (API ${textOf(ApiVersion)}) at ${socketPath}`;
  } finally {
    http.close();
  }
}
