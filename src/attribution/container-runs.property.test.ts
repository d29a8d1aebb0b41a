import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Container } from '#model/container.js';
import { ContainerRuns, type StartedTask, type WatchedContainerEvent } from './container-runs.ts';
import type { ListedTask } from './containerd-client.ts';
import type { TaskEvent } from './task-event.ts';
import { aContainer } from './testing/build-event.ts';

/**
 * containerd as far as runs of three containers go. Each step changes what is true, may lose the
 * event about it, or takes a list or hands over one that was taken before.
 */
type Step =
  | { readonly type: 'start' | 'stop'; readonly id: number; readonly isTold: boolean }
  | { readonly type: 'ask' | 'answer' | 'repeat' };

const NAMESPACE = 'k8s.io';

class World {
  readonly seen: WatchedContainerEvent[] = [];
  readonly runs: ContainerRuns;
  readonly #pids = new Map<number, number>();
  readonly #past: TaskEvent[] = [];
  #asked:
    | { readonly tasks: ListedTask[]; readonly baseline: ReturnType<ContainerRuns['baseline']> }
    | undefined;
  #nextPid = 1;

  constructor(identify: (task: StartedTask) => Promise<Container | undefined>) {
    this.runs = new ContainerRuns({ identify, onEvent: (event) => this.seen.push(event) });
  }

  /** What runs now, as `id:pid`. */
  get running(): readonly string[] {
    return [...this.#pids].map(([id, pid]) => `${id}:${pid}`).sort();
  }

  do(step: Step): void {
    if (step.type === 'start') this.#start(step.id, step.isTold);
    else if (step.type === 'stop') this.#stop(step.id, step.isTold);
    else if (step.type === 'repeat') this.#repeat();
    else if (step.type === 'ask') this.#ask();
    else this.answer();
  }

  #start(id: number, isTold: boolean): void {
    if (this.#pids.has(id)) return;
    const pid = this.#nextPid++;
    this.#pids.set(id, pid);
    this.#tell({ type: 'created', ...base(id), pid }, isTold);
    this.#tell({ type: 'started', ...base(id), pid }, isTold);
  }

  #stop(id: number, isTold: boolean): void {
    const pid = this.#pids.get(id);
    if (pid === undefined) return;
    this.#pids.delete(id);
    this.#tell({ type: 'exited', ...base(id), pid, exitCode: 0 }, isTold);
    this.#tell({ type: 'exited', ...base(id), pid, exitCode: 0 }, isTold);
  }

  #tell(event: TaskEvent, isTold: boolean): void {
    this.#past.push(event);
    if (isTold) this.runs.apply(event);
  }

  /** containerd may tell of the last thing twice. */
  #repeat(): void {
    const last = this.#past.at(-1);
    if (last !== undefined) this.runs.apply(last);
  }

  #ask(): void {
    if (this.#asked !== undefined) return;
    const baseline = this.runs.baseline();
    const tasks = [...this.#pids].map(([id, pid]) => ({
      ...{ containerId: String(id), pid, isRunning: true },
    }));
    this.#asked = { tasks, baseline };
  }

  answer(): void {
    if (this.#asked === undefined) return;
    const { tasks, baseline } = this.#asked;
    this.#asked = undefined;
    const lists = new Map([[NAMESPACE, tasks]]);
    this.runs.reconcile(baseline, lists, { timeMs: 0, isGone: () => false });
  }

  /** One list with nothing between question and answer. */
  catchUp(): void {
    this.answer();
    this.#ask();
    this.answer();
  }
}

const base = (id: number) => ({ namespace: NAMESPACE, containerId: String(id), timeMs: 0 });

const steps = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constantFrom('start' as const, 'stop' as const),
      id: fc.integer({ min: 0, max: 2 }),
      isTold: fc.boolean(),
    }),
    fc.record({ type: fc.constantFrom('ask' as const, 'answer' as const, 'repeat' as const) }),
  ),
  { maxLength: 30, size: 'max' },
);

/** Adds and removals by container; each list must be add, removal, add, removal … of one run each. */
function assertPaired(seen: readonly WatchedContainerEvent[]): ReadonlySet<string> {
  const live = new Map<string, string>();
  const had = new Set<string>();
  for (const event of seen) {
    if (event.type === 'container-added') {
      const { id, pid } = event.container;
      const run = `${id}:${pid}`;
      assert.ok(!had.has(run), `${run} was added twice`);
      assert.ok(!live.has(id), `${id} was added while it runs`);
      had.add(run);
      live.set(id, run);
    } else {
      assert.ok(live.delete(event.containerId), `${event.containerId} was removed but not added`);
    }
  }
  return new Set(live.values());
}

it('tells of each run once and in the end of exactly what runs, whatever was lost or late', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), steps, async (scheduler, drawn) => {
      const world = new World(({ containerId, pid }) =>
        scheduler.schedule(
          Promise.resolve(aContainer({ id: containerId, pid, runtimeNamespace: NAMESPACE })),
          `identify ${containerId}:${pid}`,
        ),
      );
      for (const [index, step] of drawn.entries()) {
        world.do(step);
        if (index % 5 === 4 && scheduler.count() > 0) await scheduler.waitOne();
        assertPaired(world.seen);
      }
      world.catchUp();
      await scheduler.waitAll();
      await world.runs.settled();
      assert.deepEqual([...assertPaired(world.seen)].sort(), world.running);
    }),
    { numRuns: 300 },
  );
});
