import type { Container, ContainerEvent } from '#model/container.js';
import type { ListedTask } from './containerd-client.ts';
import type { TaskEvent } from './task-event.ts';

/**
 * What the watcher delivers: the model's events, a removal also naming containerd's namespace,
 * since two namespaces may hold one id.
 */
export type WatchedContainerEvent =
  | Extract<ContainerEvent, { readonly type: 'container-added' }>
  | (Extract<ContainerEvent, { readonly type: 'container-removed' }> & {
      readonly runtimeNamespace: string;
    });

/** One run of a container that is to be identified. */
export interface StartedTask {
  readonly namespace: string;
  readonly containerId: string;
  readonly pid: number;
  readonly timeMs: number;
  /** Found in a list: its start was not told of. */
  readonly isListed: boolean;
}

interface Run {
  readonly task: StartedTask;
  container: Container | undefined;
  end: { readonly timeMs: number; readonly exitCode?: number } | undefined;
}

/** A point in time to compare a list with: what was known, and what happened since. */
export interface Baseline {
  readonly known: ReadonlySet<string>;
  /** Runs (see `runKey`) that ended while the list was on its way. */
  readonly ended: Set<string>;
}

/**
 * The runs of all containers: turns what containerd tells, and lists of what runs, into one
 * `container-added` and one `container-removed` for each run, in this order, however often and in
 * whatever order it is told. A run that cannot be identified is forgotten; the next list finds it
 * again if it still runs.
 */
export class ContainerRuns {
  readonly #identify: (task: StartedTask) => Promise<Container | undefined>;
  readonly #onEvent: (event: WatchedContainerEvent) => void;
  /** The newest run of each container that has not ended, by {@link containerKey}. */
  readonly #runs = new Map<string, Run>();
  readonly #baselines = new Set<Baseline>();
  /** The newest delivery under way of each container: what comes after it waits for it. */
  readonly #deliveries = new Map<string, Promise<void>>();

  constructor({
    identify,
    onEvent,
  }: Readonly<{
    /** Starts at once; undefined when there is no such container (any more). Must not reject. */
    identify: (task: StartedTask) => Promise<Container | undefined>;
    onEvent: (event: WatchedContainerEvent) => void;
  }>) {
    this.#identify = identify;
    this.#onEvent = onEvent;
  }

  /** Takes in one event of containerd. */
  apply(event: TaskEvent): void {
    const { namespace, containerId, timeMs } = event;
    switch (event.type) {
      case 'created':
      case 'started':
        this.#start({ namespace, containerId, pid: event.pid, timeMs, isListed: false });
        return;
      case 'exited':
        this.#endRun(event, { timeMs, exitCode: event.exitCode });
        return;
      case 'deleted':
        this.#end(containerKey(namespace, containerId), { timeMs });
        return;
      default:
        event satisfies never;
    }
  }

  /** Call before asking for lists, and {@link reconcile} with the answer. */
  baseline(): Baseline {
    const known = [...this.#runs.values()].map(({ task }) => runKey(task));
    const baseline = { known: new Set(known), ended: new Set<string>() };
    this.#baselines.add(baseline);
    return baseline;
  }

  /**
   * Compares with what containerd lists. `lists` has the tasks of every namespace that could be
   * asked; `isGone` tells for one that is not among them whether containerd has it no more.
   */
  reconcile(
    baseline: Baseline,
    lists: ReadonlyMap<string, readonly ListedTask[]>,
    {
      timeMs,
      isGone,
    }: { readonly timeMs: number; readonly isGone: (namespace: string) => boolean },
  ): void {
    this.#baselines.delete(baseline);
    const tasks = [...lists].flatMap(([namespace, listed]) =>
      listed.map((task) => ({ namespace, ...task })),
    );
    const byRun = new Map(tasks.map((task) => [runKey(task), task]));
    for (const { task } of [...this.#runs.values()]) {
      const listed = byRun.get(runKey(task));
      const isAsked = lists.has(task.namespace) || isGone(task.namespace);
      if (!isAsked || listed?.isRunning || !baseline.known.has(runKey(task))) continue;
      const exitCode = listed?.exitCode;
      this.#endRun(task, { timeMs, ...(exitCode !== undefined && { exitCode }) });
    }
    for (const { isRunning, namespace, containerId, pid } of byRun.values()) {
      const task = { namespace, containerId, pid, timeMs, isListed: true };
      if (isRunning && !this.#isStale(baseline, task)) this.#start(task);
    }
  }

  /** Ends a comparison that got no answer. */
  abandon(baseline: Baseline): void {
    this.#baselines.delete(baseline);
  }

  /** Settles when nothing is being identified any more. */
  async settled(): Promise<void> {
    while (this.#deliveries.size > 0) await Promise.all(this.#deliveries.values());
  }

  /** The run ended, or its container was started again, while the list was on its way. */
  #isStale(baseline: Baseline, task: StartedTask): boolean {
    const run = this.#runs.get(containerKey(task.namespace, task.containerId));
    const isReplaced = run !== undefined && !baseline.known.has(runKey(run.task));
    return isReplaced || baseline.ended.has(runKey(task));
  }

  #start(task: StartedTask): void {
    const key = containerKey(task.namespace, task.containerId);
    const previous = this.#runs.get(key);
    if (previous?.task.pid === task.pid) return;
    if (previous !== undefined) this.#end(key, { timeMs: task.timeMs });
    const run: Run = { task, container: undefined, end: undefined };
    this.#runs.set(key, run);
    const identified = this.#identify(task);
    const delivery = this.#deliver(run, identified, this.#deliveries.get(key)).then(() => {
      if (this.#deliveries.get(key) === delivery) this.#deliveries.delete(key);
    });
    this.#deliveries.set(key, delivery);
  }

  async #deliver(
    run: Run,
    identified: Promise<Container | undefined>,
    previous: Promise<void> | undefined,
  ): Promise<void> {
    const container = await identified;
    await previous;
    const key = containerKey(run.task.namespace, run.task.containerId);
    if (container === undefined) {
      if (this.#runs.get(key) === run) this.#runs.delete(key);
      return;
    }
    run.container = container;
    this.#onEvent({ type: 'container-added', timeMs: run.task.timeMs, container });
    if (run.end !== undefined) this.#removed(run, run.end);
  }

  #endRun(
    task: Readonly<{ namespace: string; containerId: string; pid: number }>,
    end: NonNullable<Run['end']>,
  ): void {
    for (const baseline of this.#baselines) baseline.ended.add(runKey(task));
    const key = containerKey(task.namespace, task.containerId);
    // The end of another process that happens to have the container's id for its name.
    if (this.#runs.get(key)?.task.pid !== task.pid) return;
    this.#end(key, end);
  }

  #end(key: string, end: NonNullable<Run['end']>): void {
    const run = this.#runs.get(key);
    if (run === undefined) return;
    for (const baseline of this.#baselines) baseline.ended.add(runKey(run.task));
    this.#runs.delete(key);
    run.end = end;
    if (run.container !== undefined) this.#removed(run, end);
  }

  #removed(run: Run, end: NonNullable<Run['end']>): void {
    const { namespace, containerId } = run.task;
    const removal = { containerId, runtimeNamespace: namespace, ...end };
    this.#onEvent({ type: 'container-removed', ...removal });
  }
}

function containerKey(namespace: string, containerId: string): string {
  return `${namespace}/${containerId}`;
}

function runKey({
  namespace,
  containerId,
  pid,
}: Readonly<{ namespace: string; containerId: string; pid: number }>): string {
  return `${containerKey(namespace, containerId)}/${pid}`;
}
