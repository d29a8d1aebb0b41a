import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ProcessNode } from '#model/attributed-event.js';
import type { RawEvent } from '#model/raw-event.js';
import type { ScannedProcess } from './proc-scan.ts';
import { ProcessTree } from './process-tree.ts';
import { KernelModel, type KernelStep, type ModelProcess } from './testing/kernel-model.ts';

const owner = {};

/** Something that happens in the model: who, what, and how much later than what went before. */
const step = fc.record({
  who: fc.nat(),
  what: fc.constantFrom('fork', 'fork', 'fork', 'exec', 'exit', 'exit', 'act', 'act'),
  laterMs: fc.constantFrom(60, 1_000, 40_000),
});
const history = fc.array(step, { maxLength: 80, size: 'max' });

const told = (history: readonly KernelStep[]) => {
  const kernel = new KernelModel();
  return { kernel, events: history.flatMap((each) => kernel.step(each)) };
};

/** The node is the process, and all above it are processes that it really comes from, in their order. */
function assertTrue(node: ProcessNode, process: ModelProcess): void {
  assert.deepEqual([node.pid, node.startTimeMs], [process.pid, process.startMs]);
  let line: ModelProcess | undefined = process;
  for (let each = node.parent; each; each = each.parent) {
    const { pid, startTimeMs } = each;
    do line = line?.starter;
    while (line && (line.pid !== pid || line.startMs !== startTimeMs));
    assert.ok(line, `${pid} (began ${startTimeMs}) is no ancestor of ${process.pid}`);
  }
}

/** Lets each event swap places with one of its next neighbours. */
function shuffled(events: readonly RawEvent[], moves: readonly number[]): readonly RawEvent[] {
  const result = [...events];
  for (const [at, move] of moves.entries()) {
    const a = result[at];
    const b = result[at + move];
    if (a && b) [result[at], result[at + move]] = [b, a];
  }
  return result;
}

const scanned = (process: ModelProcess, errorMs: number): ScannedProcess => ({
  ...{
    pid: process.pid,
    ppid: process.parent?.pid ?? 0,
    comm: 'scanned',
    exePath: process.exePath,
  },
  ...{ args: [process.exePath], uid: 0, gid: 0, cwd: '/', upperLayer: false },
  startMs: process.startMs + errorMs,
});

describe('process tree against a kernel that uses numbers again', () => {
  it('knows every process, its program and who started it, when all is told in order', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const tree = new ProcessTree();
        const kernel = new KernelModel();
        for (const each of steps) {
          for (const event of kernel.step(each)) {
            const process = kernel.processOf(event);
            const node = tree.observe(event, owner);
            assertTrue(node, process);
            // What the first process ran before nobody told.
            if (process.exePath !== '/sbin/init') assert.equal(node.exePath, process.exePath);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('tells of every process who started it at the time, unless that is long over', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const { kernel, events } = told(steps.map((each) => ({ ...each, laterMs: 60 })));
        const tree = new ProcessTree();
        for (const event of events) tree.observe(event, owner);
        for (const process of kernel.living) {
          const node = tree.observe(kernel.act(process), owner);
          const starter = process.starter;
          assert.deepEqual(
            [node.parent?.pid, node.parent?.startTimeMs],
            [starter?.pid, starter?.startMs],
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('ends with nothing but the truth, when events overtook each other', () => {
    fc.assert(
      fc.property(history, fc.array(fc.nat(4), { maxLength: 100, size: 'max' }), (steps, moves) => {
        const { kernel, events } = told(steps);
        const tree = new ProcessTree();
        for (const event of shuffled(events, moves)) {
          const node = tree.observe(event, owner);
          assert.deepEqual(
            [node.pid, node.startTimeMs],
            [event.pid, event.processStartMs],
            'the event is that process’s',
          );
        }
        for (const process of kernel.living) {
          assertTrue(tree.observe(kernel.act(process), owner), process);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('goes on from a look at /proc in the middle of it all', () => {
    const errors = fc.array(fc.integer({ min: -11, max: 11 }));
    const beginning = fc.record({ unseen: history, errors, late: fc.nat() });
    fc.assert(
      fc.property(beginning, history, (unseen, seen) => {
        const { kernel, tree } = begunInTheMiddle(unseen);
        for (const process of kernel.living) {
          const node = tree.observe(kernel.act(process), owner);
          assert.equal(node.exePath, process.exePath);
          assert.equal(node.parent === undefined, process.parent === undefined);
        }
        assertLines(kernel, tree);
        for (const event of seen.flatMap((each) => kernel.step(each))) {
          assert.equal(tree.observe(event, owner).pid, event.pid);
        }
        assertLines(kernel, tree);
      }),
      { numRuns: 300 },
    );
  });

  it('makes no circle and stays bounded, whatever is lost', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.boolean()), (steps, isLost) => {
        const { events } = told(steps);
        const tree = new ProcessTree();
        for (const event of events) {
          if (isLost.next().value) continue;
          const node = tree.observe(event, owner);
          const line = new Set<ProcessNode>();
          for (let each: ProcessNode | undefined = node; each; each = each.parent) {
            assert.equal(line.has(each), false, 'a circle');
            assert.ok(!each.parent || each.parent.startTimeMs <= each.startTimeMs);
            line.add(each);
          }
        }
        assert.ok(tree.size <= KernelModel.numbers);
      }),
      { numRuns: 300 },
    );
  });
});

/** Some of what happened before is still on its way when /proc is read, the other half of it comes after that. */
function begunInTheMiddle({
  unseen,
  errors,
  late,
}: Readonly<{ unseen: readonly KernelStep[]; errors: readonly number[]; late: number }>) {
  const { kernel, events } = told(unseen);
  const tree = new ProcessTree();
  const waiting = events.slice(events.length - (late % (events.length + 1)));
  const before = waiting.slice(0, waiting.length / 2);
  for (const event of before) tree.observe(event, owner);
  const found = kernel.living.map((each, at) => scanned(each, errors[at] ?? 0));
  for (const each of found) tree.adopt(each, owner, true);
  for (const { pid } of found) tree.linkByNumber(pid);
  for (const event of waiting.slice(before.length)) tree.observe(event, owner);
  return { kernel, tree };
}

/** Scanned starts are not exact, so processes are compared by number and nearness. */
function assertLines(kernel: KernelModel, tree: ProcessTree): void {
  for (const process of kernel.living) {
    const node = tree.observe(kernel.act(process), owner);
    let line: ModelProcess | undefined = process;
    for (let each = node.parent; each; each = each.parent) {
      const { pid, startTimeMs } = each;
      do line = line?.starter;
      while (line && (line.pid !== pid || Math.abs(line.startMs - startTimeMs) > 25));
      assert.ok(line, `${pid} is no ancestor of ${process.pid}`);
    }
  }
}
