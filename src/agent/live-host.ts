import type { ContainerWatcher } from '#attribution/runtimes/open-runtime-watcher.js';
import type { ContainerEvent } from '#model/container.js';
import type { EventAccounting } from '#model/event-accounting.js';
import type { EventSource } from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import type { Logger } from '#runtime/log.js';
import type { Random } from '#runtime/random.js';
import type { ClusterPods } from './cluster-pods.ts';
import type { FeedTakers, HostFeed } from './host-feed.ts';
import { superviseSource } from './supervise-source.ts';
import { Sight } from './supervise-source-sight.ts';

interface LiveHostParts {
  readonly sensor: EventSource;
  readonly containers: ContainerWatcher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly health: Health;
  readonly accounting: EventAccounting;
  readonly pods: ClusterPods | undefined;
  /** Runs a part that may break down without ending the others. */
  readonly keepRunning: (what: string, work: () => Promise<void>) => Promise<void>;
}

/** This host: its kernel through the sensor, its containers through their runtime. */
export class LiveHost implements HostFeed {
  readonly #parts: LiveHostParts;

  constructor(parts: LiveHostParts) {
    this.#parts = parts;
  }

  /** Rejects with `unavailable` when the sensor cannot start. Without the container runtime it waits for it. */
  async run({
    signal,
    onRecords,
    onContainerEvent,
  }: FeedTakers & { readonly signal: AbortSignal }): Promise<void> {
    const { sensor, containers, keepRunning, pods } = this.#parts;
    const sight = new Sight();
    const sensorEnd = new AbortController();
    const untilEnd = AbortSignal.any([signal, sensorEnd.signal]);
    const completion = pods?.completing(onContainerEvent);
    const accept = (event: ContainerEvent) =>
      completion ? completion.accept(event) : onContainerEvent(event);
    const watching = keepRunning('container watch', async () => {
      await pods?.ready(untilEnd);
      // What the sensor saw of its start is judged before the wait for its pod.
      await containers.run({ signal: untilEnd, onEvent: (told) => accept(sight.mark(told)) });
    });
    try {
      await superviseSource({ ...this.#parts, source: sensor, sight, onRecords, signal: untilEnd });
    } finally {
      sensorEnd.abort();
      await watching;
      await completion?.drain();
    }
  }
}
