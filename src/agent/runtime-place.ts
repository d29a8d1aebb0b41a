import { RUNTIMES } from '#attribution/runtimes/open-runtime-watcher.js';
import type { AgentOptions } from './options.ts';

/** Where runtimes listen unless they were told otherwise. */
const USUAL_SOCKETS = { cri: '/run/crio/crio.sock', docker: '/run/docker.sock' } as const;

/** The container runtime that the options name, and where it listens. */
export function runtimeOf({
  runtime,
  runtimeSocket,
  containerdSocket,
}: Pick<AgentOptions, 'runtime' | 'runtimeSocket' | 'containerdSocket'>): {
  readonly kind: (typeof RUNTIMES)[number];
  readonly socketPath: string;
} {
  const kind = RUNTIMES.find((known) => known === runtime) ?? 'containerd';
  if (kind === 'containerd') return { kind, socketPath: containerdSocket };
  return { kind, socketPath: runtimeSocket || USUAL_SOCKETS[kind] };
}
