import type { WatchedContainerEvent } from '../container-runs.ts';
import { ContainerdWatcher } from '../containerd-watcher.ts';
import { criRuntime } from './cri-client.ts';
import { dockerRuntime } from './docker-client.ts';
import { RuntimeWatcher, type RuntimeWatcherOptions } from './runtime-watcher.ts';

/** What containers can be asked of: containerd's own API, the Container Runtime Interface, Docker's. */
export const RUNTIMES = ['containerd', 'cri', 'docker'] as const;

/** Tells which containers run; see `ContainerdWatcher.run` and `RuntimeWatcher.run`, which promise the same. */
export interface ContainerWatcher {
  run(options: {
    readonly signal: AbortSignal;
    readonly onEvent: (event: WatchedContainerEvent) => void;
  }): Promise<void>;
}

/** A watcher of the containers of the runtime that listens at `socketPath`. Opens nothing before it runs. */
export function openRuntimeWatcher({
  kind,
  ...options
}: RuntimeWatcherOptions & { readonly kind: (typeof RUNTIMES)[number] }): ContainerWatcher {
  switch (kind) {
    case 'containerd':
      return new ContainerdWatcher(options);
    case 'cri':
      return new RuntimeWatcher(criRuntime(options), options);
    case 'docker':
      return new RuntimeWatcher(dockerRuntime(options), options);
    default:
      return kind satisfies never;
  }
}
