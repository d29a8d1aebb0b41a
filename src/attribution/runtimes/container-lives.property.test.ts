import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { aContainer } from '../testing/build-event.ts';
import { ContainerLives, type ContainerLook } from './container-lives.ts';
import type { DescribedContainer } from './runtime-client.ts';

interface World {
  run: number;
  isRunning: boolean;
  isThere: boolean;
}

const act = fc.record({
  what: fc.constantFrom('start', 'end', 'delete', 'hint', 'list', 'answer', 'answer', 'fail'),
  id: fc.constantFrom('a', 'b', 'c'),
  isTold: fc.boolean(),
});

function described(world: World): DescribedContainer | undefined {
  if (!world.isThere) return undefined;
  return {
    record: { id: '', labels: {}, image: '', annotations: {}, cgroupsPath: '' },
    ...{ labels: {}, imageDigest: '', run: String(world.run), isRunning: world.isRunning },
    pid: world.run,
    ...(!world.isRunning && { end: { timeMs: 1, exitCode: world.run } }),
  };
}

describe('the lives of containers', () => {
  it('are each told from its beginning to its end, and in the end as the runtime has them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const stage = new Stage();
        for (const { what, id, isTold } of acts) await stage.perform(what, id, isTold);
        await stage.settle();
        stage.check();
      }),
      { numRuns: 3000 },
    );
  });

  it('are remembered for ten minutes after the first list that has not got them any more', async () => {
    const stage = new Stage();
    for (const what of ['start', 'answer', 'end', 'answer', 'delete']) {
      await stage.perform(what, 'a', what !== 'delete');
    }
    assert.equal(stage.lives.size, 1);
    for (const [timeMs, size] of [
      [1, 1],
      [600_000, 1],
      [600_001, 0],
    ] as const) {
      stage.lives.list([], { timeMs, isThorough: true, isFirst: false });
      assert.equal(stage.lives.size, size, `at ${timeMs}`);
    }
    await stage.settle();
    assert.deepEqual(stage.told, ['+a1', '-a1']);
  });

  it('end with the code that the hint told when the container was started again meanwhile', async () => {
    const stage = new Stage();
    await stage.perform('start', 'a', true);
    await stage.perform('answer', 'a', true);
    stage.lives.hint({ containerId: 'a', timeMs: 5, exitCode: 9 });
    await stage.perform('end', 'a', false);
    await stage.perform('start', 'a', true);
    await stage.perform('answer', 'a', true);
    await stage.settle();
    assert.deepEqual(stage.told, ['+a1', '-a9', '+a2']);
  });

  it('end with that code too when another hint came before it was looked at', async () => {
    const stage = new Stage();
    await stage.perform('start', 'a', true);
    await stage.perform('answer', 'a', true);
    await stage.perform('hint', 'a', true);
    stage.lives.hint({ containerId: 'a', timeMs: 5, exitCode: 9 });
    stage.lives.hint({ containerId: 'a', timeMs: 6 });
    await stage.perform('answer', 'a', true);
    await stage.perform('end', 'a', false);
    await stage.perform('delete', 'a', false);
    await stage.settle();
    assert.deepEqual(stage.told, ['+a1', '-a9']);
  });

  it('are not told again by a hint that comes after the list that had them no more', async () => {
    const stage = new Stage();
    await stage.perform('start', 'a', true);
    await stage.perform('end', 'a', false);
    await stage.perform('answer', 'a', false);
    await stage.perform('list', 'a', false);
    await stage.perform('hint', 'a', true);
    await stage.settle();
    assert.deepEqual(stage.told, ['+a1', '-a1']);
  });

  it('are found anew by a thorough list only, where nothing was told', async () => {
    const stage = new Stage();
    await stage.perform('start', 'a', true);
    await stage.perform('answer', 'a', true);
    await stage.perform('end', 'a', false);
    await stage.perform('start', 'a', false);
    for (const isThorough of [false, true]) {
      stage.lives.list(['a'], { timeMs: 1, isThorough, isFirst: false });
      await stage.perform('answer', 'a', false);
      assert.equal(stage.told.includes('+a2'), isThorough);
    }
  });

  it('are not told when they had ended before anybody heard of them', async () => {
    const stage = new Stage();
    await stage.perform('start', 'a', false);
    await stage.perform('list', 'a', false);
    await stage.perform('end', 'a', false);
    await stage.settle();
    assert.deepEqual(stage.told, []);
  });
});

/** Three containers, a runtime that answers when it is told to, and what came of it. */
class Stage {
  readonly told: string[] = [];
  readonly #world = new Map<string, World>();
  readonly #asked: { readonly id: string; readonly answer: (look: ContainerLook) => void }[] = [];
  readonly #open = new Map<string, string>();
  readonly lives = new ContainerLives({
    runtimeNamespace: 'n',
    look: ({ containerId }) =>
      new Promise((answer) => this.#asked.push({ id: containerId, answer })),
    onEvent: (event) => {
      if (event.type === 'container-added') {
        const { id, pid } = event.container;
        assert.equal(this.#open.has(id), false, 'two lives at a time');
        this.#open.set(id, String(pid));
        this.told.push(`+${id}${pid}`);
        return;
      }
      assert.ok(this.#open.delete(event.containerId), 'an end without a life');
      this.told.push(`-${event.containerId}${event.exitCode ?? '?'}`);
    },
  });

  async perform(what: string, id: string, isTold: boolean): Promise<void> {
    if (what === 'list') this.#list();
    else if (what === 'answer') this.#answer(false);
    else if (what === 'fail') this.#answer(true);
    else this.#change(what, id);
    const isChange = ['start', 'end', 'delete', 'hint'].includes(what);
    if (isTold && isChange) this.lives.hint({ containerId: id, timeMs: 1 });
    await Promise.resolve();
    await Promise.resolve();
  }

  /** Answers everything, and lists until nothing changes. */
  async settle(): Promise<void> {
    for (let round = 0; round < 3; round += 1) {
      this.#list();
      for (let turn = 0; turn < 200; turn += 1) {
        this.#answer(false);
        await Promise.resolve();
      }
    }
    await this.lives.settled();
  }

  check(): void {
    const running = [...this.#world].filter(([, { isThere, isRunning }]) => isThere && isRunning);
    assert.deepEqual(new Map(this.#open), new Map(running.map(([id, { run }]) => [id, `${run}`])));
    const added = this.told.filter((line) => line.startsWith('+'));
    assert.equal(new Set(added).size, added.length, 'a run was told twice');
    assert.ok(this.lives.size >= running.length && this.lives.size <= this.#world.size);
  }

  #change(what: string, id: string): void {
    const world = this.#world.get(id) ?? { run: 0, isRunning: false, isThere: false };
    this.#world.set(id, world);
    if (what === 'start' && !world.isRunning) {
      Object.assign(world, { run: world.run + 1, isRunning: true, isThere: true });
    }
    if (what === 'end') world.isRunning = false;
    if (what === 'delete' && !world.isRunning) world.isThere = false;
  }

  #list(): void {
    const running = [...this.#world].filter(([, { isThere, isRunning }]) => isThere && isRunning);
    this.lives.list(
      running.map(([id]) => id),
      { timeMs: 1, isThorough: true, isFirst: false },
    );
  }

  #answer(isFailure: boolean): void {
    const asked = this.#asked.shift();
    if (asked === undefined) return;
    const { id, answer } = asked;
    const world = this.#world.get(id) ?? { run: 0, isRunning: false, isThere: false };
    const found = described({ ...world });
    const container = found && aContainer({ id, pid: found.pid });
    answer(isFailure ? { found: 'failed' } : { found, container });
  }
}
