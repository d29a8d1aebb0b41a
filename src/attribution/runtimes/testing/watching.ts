import assert from 'node:assert/strict';
import { Health } from '#runtime/health.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { settle, VirtualClock } from '#runtime/virtual-clock.js';
import type { WatchedContainerEvent } from '../../container-runs.ts';
import { FakeProc } from '../../testing/fake-proc.ts';
import { openRuntimeWatcher } from '../open-runtime-watcher.ts';

/** When the agent of these tests starts. */
export const START_MS = 1_700_000_000_000;

/** A watcher at work, on a clock and a `/proc` of its own, and what it delivered. */
export class Watching implements AsyncDisposable {
  readonly clock = new VirtualClock(START_MS);
  readonly proc = new FakeProc();
  readonly health = new Health(() => this.clock.now());
  readonly events: WatchedContainerEvent[] = [];
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  watch({
    kind,
    socketPath,
  }: Pick<Parameters<typeof openRuntimeWatcher>[0], 'kind' | 'socketPath'>) {
    const { procRoot, cgroupRoot } = this.proc;
    const watcher = openRuntimeWatcher({
      ...{ kind, socketPath, procRoot, cgroupRoot, clock: this.clock, health: this.health },
      random: seededRandom(1),
      log: silentLogger,
      agentStartMs: START_MS,
    });
    this.#running = watcher.run({
      signal: this.#stopping.signal,
      onEvent: (event) => this.events.push(event),
    });
  }

  /** What was delivered, as short lines. */
  get lines(): readonly string[] {
    return this.events.map((event) =>
      event.type === 'container-added'
        ? `+${event.container.id}:${event.container.pid}`
        : `-${event.containerId} ${event.exitCode ?? 'unknown'}`,
    );
  }

  /** The container that this line tells of. */
  container(line: string) {
    const event = this.events[this.lines.indexOf(line)];
    assert.ok(event?.type === 'container-added', line);
    return event.container;
  }

  /** Moves the clock in small steps until it is so: waits begin whenever answers come. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let steps = 0; steps < 2_000; steps += 1) {
      // Real sockets, so a few turns of the event loop for each step of the clock.
      for (let turns = 0; turns < 8; turns += 1) {
        if (isSo()) return;
        await settle();
      }
      await this.clock.advance(50);
    }
    assert.fail(`not in time: ${what}; seen: ${this.lines.join(', ')}`);
  }

  has(line: string): Promise<void> {
    return this.until(() => this.lines.includes(line), line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.proc[Symbol.dispose]();
    assert.equal(this.clock.pending, 0, 'a timer was left');
  }
}
