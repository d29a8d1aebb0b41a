import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ProcessNode } from '#model/attributed-event.js';
import { ProcessTree } from './process-tree.ts';
import { aFork, anExec, anExit, anOpen } from './testing/build-event.ts';

const web = {};
const other = {};

/** A process and its ancestors, at most `limit` and one more of them. */
const lineOf = (node: ProcessNode, limit = 100_000) => {
  const line: ProcessNode[] = [];
  let each: ProcessNode | undefined = node;
  for (; each && line.length <= limit; each = each.parent) line.push(each);
  return line;
};
const ancestry = (node: ProcessNode) => lineOf(node).map(({ pid }) => pid);

describe('process tree', () => {
  it('makes up a process from its first event', () => {
    const tree = new ProcessTree();
    const node = tree.observe(anOpen({ pid: 10, ppid: 1, comm: 'sh', uid: 5, timeMs: 7 }), web);
    assert.deepEqual(
      [node.pid, node.ppid, node.comm, node.uid, node.startTimeMs, node.exePath, node.parent],
      [10, 1, 'sh', 5, 7, '', undefined],
    );
    assert.equal(tree.observe(anOpen({ pid: 10, ppid: 1 }), web), node);
  });

  it('knows the program after an exec, and a thread name does not change it', () => {
    const tree = new ProcessTree();
    const exec = anExec({ comm: 'cat', exePath: '/bin/cat', args: ['cat', 'x'], cwd: '/srv' });
    const node = tree.observe({ ...exec, upperLayer: true }, web);
    tree.observe(anOpen({ comm: 'worker', uid: 33 }), web);
    assert.deepEqual(
      [node.comm, node.exePath, node.args, node.cwd, node.upperLayer, node.uid],
      ['cat', '/bin/cat', ['cat', 'x'], '/srv', true, 33],
    );
  });

  it('links children to the process that made them, with what they inherit', () => {
    const tree = new ProcessTree();
    tree.observe(anExec({ pid: 10, cwd: '/srv', upperLayer: true }), web);
    tree.observe(aFork({ pid: 10, childPid: 11, timeMs: 1_001 }), web);
    const child = tree.observe(anOpen({ pid: 11, ppid: 10, timeMs: 1_002 }), web);
    assert.deepEqual(ancestry(child), [11, 10]);
    assert.deepEqual(
      [child.startTimeMs, child.cwd, child.upperLayer, child.exePath, child.args],
      [1_001, '/srv', true, '/bin/sh', ['sh']],
    );
  });

  it('links a parent that is first seen after its child', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 11, ppid: 10 }), web);
    tree.observe(anOpen({ pid: 10, ppid: 1, timeMs: 1_005 }), web);
    assert.deepEqual(ancestry(tree.observe(anOpen({ pid: 11, ppid: 10 }), web)), [11, 10]);
  });

  it('accepts the events of a child before the fork that made it', () => {
    const tree = new ProcessTree();
    const early = tree.observe(anExec({ pid: 11, ppid: 10, timeMs: 1_002 }), web);
    tree.observe(aFork({ pid: 10, childPid: 11, timeMs: 1_001 }), web);
    const child = tree.observe(anOpen({ pid: 11, ppid: 10, timeMs: 1_003 }), web);
    assert.equal(child, early);
    assert.deepEqual(ancestry(child), [11, 10]);
    assert.equal(child.exePath, '/bin/sh');
  });

  it('never links across containers', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 10, ppid: 1 }), other);
    assert.deepEqual(ancestry(tree.observe(anOpen({ pid: 11, ppid: 10 }), web)), [11]);
  });

  it('remembers ended ancestors for a while', () => {
    const tree = new ProcessTree();
    tree.observe(aFork({ pid: 10, childPid: 11, timeMs: 1_000 }), web);
    tree.observe(anExit({ pid: 10, timeMs: 1_001 }), web);
    const child = tree.observe(anOpen({ pid: 11, ppid: 1, timeMs: 2_000 }), web);
    assert.deepEqual(ancestry(child), [11, 10]);
    tree.observe(anExit({ pid: 12, timeMs: 2_001 }), web);
    tree.observe(anExit({ pid: 13, timeMs: 70_000 }), web);
    const later = tree.observe(anOpen({ pid: 11, ppid: 1, timeMs: 70_001 }), web);
    assert.deepEqual(ancestry(later), [11, 10], 'as long as what it started');
    assert.equal(tree.size, 3, 'what started nothing is forgotten');
    tree.observe(anExit({ pid: 11, timeMs: 70_002 }), web);
    tree.observe(anExit({ pid: 14, timeMs: 140_000 }), web);
    assert.deepEqual([tree.size, tree.exitedSize], [1, 1], 'and with it');
  });

  it('gives a late event of an ended process to it, and a later one to its successor', () => {
    const tree = new ProcessTree();
    const first = tree.observe(anExec({ pid: 10, timeMs: 1_000 }), web);
    tree.observe(anExit({ pid: 10, timeMs: 1_010 }), web);
    assert.equal(tree.observe(anOpen({ pid: 10, timeMs: 1_009 }), web), first);
    const second = tree.observe(anOpen({ pid: 10, timeMs: 1_011 }), web);
    assert.notEqual(second, first);
    assert.equal(second.exePath, '');
  });

  it('replaces a process whose end was lost when its number is forked anew', () => {
    const tree = new ProcessTree();
    tree.observe(anExec({ pid: 11, ppid: 10, timeMs: 1_000 }), web);
    tree.observe(aFork({ pid: 20, childPid: 11, timeMs: 2_000 }), web);
    const child = tree.observe(anOpen({ pid: 11, ppid: 20, timeMs: 2_001 }), web);
    assert.deepEqual([child.exePath, child.startTimeMs, ancestry(child)], ['', 2_000, [11, 20]]);
  });

  it('does not take a younger process with the number of the parent for the parent', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 11, ppid: 10, timeMs: 1_000 }), web);
    tree.observe(aFork({ pid: 11, childPid: 10, timeMs: 2_000 }), web);
    assert.deepEqual(ancestry(tree.observe(anOpen({ pid: 11, ppid: 10 }), web)), [11]);
  });

  it('does not grow with the number of processes that ended', () => {
    const tree = new ProcessTree();
    let timeMs = 1_000;
    for (let pid = 100; pid < 30_100; pid += 1) {
      tree.observe(aFork({ pid: pid - 1, childPid: pid, timeMs }), web);
      timeMs += 1;
      tree.observe(anExit({ pid: pid - 1, timeMs }), web);
    }
    assert.ok(tree.exitedSize <= 2 * 8_192, String(tree.exitedSize));
    const last = tree.observe(anOpen({ pid: 30_099, timeMs: timeMs + 1 }), web);
    assert.ok(ancestry(last).length <= 2 * 8_192 + 1);
  });

  it('keeps what was told of a process before it ran another program', () => {
    const tree = new ProcessTree();
    const shell = tree.observe(anExec({ pid: 10, comm: 'sh', args: ['sh', '-c', 'id; ls'] }), web);
    tree.observe(aFork({ pid: 10, childPid: 11, timeMs: 1_001 }), web);
    const child = tree.observe(anOpen({ pid: 11, ppid: 10, timeMs: 1_002 }), web);
    const list = tree.observe(anExec({ pid: 10, comm: 'ls', args: ['ls'], timeMs: 1_003 }), web);
    assert.deepEqual([shell.comm, list.comm, list.startTimeMs], ['sh', 'ls', shell.startTimeMs]);
    assert.equal(child.parent?.comm, 'sh');
    const late = tree.observe(aFork({ pid: 10, childPid: 12, timeMs: 1_004 }), web);
    assert.equal(late, list);
  });

  it('does not grow with the number of programs that one process ran', () => {
    const tree = new ProcessTree();
    let timeMs = 1_000;
    let child: ProcessNode | undefined;
    for (let pid = 100; pid < 20_100; pid += 1) {
      tree.observe(aFork({ pid, childPid: pid + 1, timeMs }), web);
      tree.observe(anExec({ pid, timeMs: timeMs + 1 }), web);
      tree.observe(anExit({ pid, timeMs: timeMs + 2 }), web);
      timeMs += 3;
      child = tree.observe(anOpen({ pid: pid + 1, ppid: pid, timeMs }), web);
    }
    assert.ok(child && ancestry(child).length <= 2 * 8_192 + 1);
  });

  it('does not grow when ends are lost', () => {
    const tree = new ProcessTree();
    for (let pid = 1; pid < 70_000; pid += 1) tree.observe(anOpen({ pid, ppid: pid - 1 }), web);
    assert.equal(tree.size, 65_536);
  });

  it('forgets the processes of one owner only', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 10 }), web);
    tree.observe(anExit({ pid: 11 }), web);
    const kept = tree.observe(anOpen({ pid: 12 }), other);
    tree.forget(web);
    assert.equal(tree.size, 1);
    assert.equal(tree.observe(anOpen({ pid: 12 }), other), kept);
  });

  it('has no circles and no foreign parents, whatever comes in whatever order', () => {
    const pid = fc.integer({ min: 1, max: 6 });
    const step = fc.record({
      type: fc.constantFrom('open', 'exec', 'fork', 'exit'),
      ...{ pid, ppid: pid, childPid: pid, timeMs: fc.integer({ min: 0, max: 200_000 }) },
      isOther: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const tree = new ProcessTree();
        const owners = new Map<ProcessNode, object>();
        for (const { type, isOther, childPid, ...fields } of steps) {
          const made = { open: anOpen, exec: anExec, exit: anExit };
          const event = type === 'fork' ? aFork({ ...fields, childPid }) : made[type](fields);
          const owner = isOther ? other : web;
          const node = tree.observe(event, owner);
          owners.set(node, owners.get(node) ?? owner);
          assert.equal(node.pid, event.pid);
          const line = lineOf(node, steps.length + 1);
          assert.ok(line.length <= steps.length + 1, 'a circle');
          assert.ok(line.every((each) => (owners.get(each) ?? owner) === owner));
        }
      }),
    );
  });
});
