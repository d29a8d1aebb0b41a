import { hostname, uptime } from 'node:os';
import { hostContainer } from '#attribution/host-container.js';
import {
  type ContainerWatcher,
  openRuntimeWatcher,
} from '#attribution/runtimes/open-runtime-watcher.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { AgentOptions } from './options.ts';
import { runtimeOf } from './runtime-place.ts';

interface WatchContainersParts {
  readonly options: AgentOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly health?: Health;
  /** Milliseconds since the Unix epoch. */
  readonly agentStartMs: number;
}

/** Watches the containers of the runtime that the options name, and the host as one of them if they ask for that. */
export function watchContainers(parts: WatchContainersParts): ContainerWatcher {
  const { options } = parts;
  const watcher = openRuntimeWatcher({
    ...parts,
    ...runtimeOf(options),
  });
  return options.host ? withHost(watcher, parts) : watcher;
}

function withHost(
  watcher: ContainerWatcher,
  { options, clock }: WatchContainersParts,
): ContainerWatcher {
  return {
    run: ({ signal, onEvent }) => {
      const timeMs = clock.now();
      const bootedAtMs = timeMs - uptime() * 1_000;
      const container = hostContainer({ nodeName: options.nodeName || hostname(), bootedAtMs });
      onEvent({ type: 'container-added', timeMs, container });
      return watcher.run({ signal, onEvent });
    },
  };
}
