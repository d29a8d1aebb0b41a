import type { WatchedContainerEvent } from '../container-runs.ts';
import type { RuntimeWatcherOptions } from './runtime-watcher.ts';

/** What containers can be asked of: containerd's own API, the Container Runtime Interface, Docker's. */
export const RUNTIMES = ['containerd', 'cri', 'docker'] as const;

/** Tells which containers run; see `ContainerdWatcher.run` and `RuntimeWatcher.run`, which promise the same. */
export interface ContainerWatcher {
  run(options: {
    readonly signal: AbortSignal;
    readonly onEvent: (event: WatchedContainerEvent) => void;
  }): Promise<void>;
}

/**
 * A watcher of the containers of the runtime that listens at `socketPath`. Opens nothing before it runs, and loads what
 * speaks with that runtime then.
 */
export function openRuntimeWatcher({
  kind,
  ...options
}: RuntimeWatcherOptions & { readonly kind: (typeof RUNTIMES)[number] }): ContainerWatcher {
  switch (kind) {
    case 'containerd':
      return loadedLater(async () => {
        const { ContainerdWatcher } = await import('../containerd-watcher.ts');
        return new ContainerdWatcher(options);
      });
    case 'cri':
      return loadedLater(async () => {
        const { criRuntime } = await import('./cri-client.ts');
        const { RuntimeWatcher } = await import('./runtime-watcher.ts');
        return new RuntimeWatcher(criRuntime(options), options);
      });
    case 'docker':
      return loadedLater(async () => {
        const { dockerRuntime } = await import('./docker-client.ts');
        const { RuntimeWatcher } = await import('./runtime-watcher.ts');
        return new RuntimeWatcher(dockerRuntime(options), options);
      });
    default:
      return kind satisfies never;
  }
}

function loadedLater(load: () => Promise<ContainerWatcher>): ContainerWatcher {
  return { run: async (running) => (await load()).run(running) };
}
