import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Container, ContainerEvent } from '#model/container.js';
import { aContainer } from '#model/testing/sample-container.js';
import { silentLogger } from '#runtime/log.js';
import { settle } from '#runtime/virtual-clock.js';
import { OrderedCompletion } from './ordered-completion.ts';

const added = (id: string, run = 0): ContainerEvent => ({
  type: 'container-added',
  timeMs: run,
  container: aContainer({ id }),
});
const removed = (id: string, run = 0): ContainerEvent => ({
  type: 'container-removed',
  timeMs: run,
  containerId: id,
});
const told = (event: ContainerEvent) =>
  event.type === 'container-added'
    ? `+${event.container.id}${event.timeMs}${event.container.image}`
    : `-${event.containerId}${event.timeMs}`;

/** Completes a container when the test says so, or when it is aborted. */
function started() {
  const waiting = new Map<string, () => void>();
  const seen: string[] = [];
  const completion = new OrderedCompletion({
    log: silentLogger,
    onEvent: (event) => seen.push(told(event)),
    complete: (container, { signal }) =>
      new Promise<Container>((resolve) => {
        const end = (image: string) => resolve({ ...container, image });
        waiting.set(container.id, () => end(':done'));
        signal.addEventListener('abort', () => end(':aborted'));
        if (signal.aborted) end(':aborted');
      }),
  });
  const complete = async (id: string) => {
    waiting.get(id)?.();
    await settle();
  };
  return { completion, seen, complete };
}

describe('completing containers in order', () => {
  it('lets no removal overtake its addition, and no container wait for another', async () => {
    const { completion, seen, complete } = started();
    for (const event of [added('a'), removed('a'), added('b'), removed('c')]) {
      completion.accept(event);
    }
    assert.deepEqual(seen, ['-c0']);
    await complete('b');
    assert.deepEqual(seen, ['-c0', '+b0:done']);
    await complete('a');
    assert.deepEqual(seen, ['-c0', '+b0:done', '+a0:done', '-a0']);
    assert.equal(completion.waiting, 0);
  });

  it('hands on everything that waits when it is drained', async () => {
    const { completion, seen } = started();
    completion.accept(added('a'));
    completion.accept(removed('a'));
    await completion.drain();
    assert.deepEqual(seen, ['+a0:aborted', '-a0']);
    completion.accept(added('b'));
    await settle();
    assert.equal(seen.at(-1), '+b0:aborted');
  });

  it('hands a container on as it was when completing it fails', async () => {
    const seen: string[] = [];
    const completion = new OrderedCompletion({
      log: silentLogger,
      onEvent: (event) => seen.push(told(event)),
      complete: () => Promise.reject(new Error('broken')),
    });
    completion.accept(added('a'));
    completion.accept(removed('a'));
    await settle();
    assert.deepEqual(seen, ['+a0shop/web:1', '-a0']);
  });

  it('keeps the order of each container and loses nothing, whatever settles first', async () => {
    const runs = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), runs, fc.boolean(), async (scheduler, ids, isDrained) => {
        const seen: string[] = [];
        const completion = new OrderedCompletion({
          log: silentLogger,
          onEvent: (event) => seen.push(told({ ...event })),
          complete: (container) => scheduler.schedule(Promise.resolve(container)),
        });
        const events = ids.flatMap((id, run) => [added(id, run), removed(id, run)]);
        const sequence = scheduler.scheduleSequence(
          events.map((event) => async () => completion.accept(event)),
        );
        await scheduler.waitFor(sequence.task);
        const drained = isDrained ? completion.drain() : undefined;
        await scheduler.waitAll();
        await drained;
        await settle();
        const expected = events.map(told);
        assert.equal(seen.length, expected.length);
        for (const id of ['a', 'b', 'c']) {
          const of = (list: readonly string[]) => list.filter((text) => text[1] === id);
          assert.deepEqual(of(seen), of(expected));
        }
        assert.equal(completion.waiting, 0);
      }),
      { numRuns: 200 },
    );
  });
});
