import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProcessNode } from '#model/attributed-event.js';
import type { ScannedProcess } from './proc-scan.ts';
import { ProcessTree } from './process-tree.ts';
import { aFork, anExec, anExit, anOpen } from './testing/build-event.ts';

const web = {};
const other = {};

function ancestry(node: ProcessNode): readonly number[] {
  const pids: number[] = [];
  for (let each: ProcessNode | undefined = node; each; each = each.parent) pids.push(each.pid);
  return pids;
}

function aScanned(fields: Partial<ScannedProcess> = {}): ScannedProcess {
  return {
    ...{ pid: 10, ppid: 1, comm: 'nginx', exePath: '/usr/sbin/nginx', args: ['nginx', '-g'] },
    ...{ uid: 33, gid: 34, cwd: '/srv', upperLayer: false, startMs: 500 },
    ...fields,
  };
}

describe('a process that is known by its start', () => {
  it('is another one when a number comes with another start, though no end was told', () => {
    const tree = new ProcessTree();
    const first = tree.observe(anExec({ pid: 10, processStartMs: 900 }), web);
    const second = tree.observe(anOpen({ pid: 10, timeMs: 3_000, processStartMs: 2_900 }), web);
    assert.notEqual(second, first);
    assert.deepEqual([second.exePath, second.startTimeMs], ['', 2_900]);
  });

  it('gets its late events though its number is another one’s by now', () => {
    const tree = new ProcessTree();
    const first = tree.observe(anExec({ pid: 10, processStartMs: 900 }), web);
    tree.observe(anExit({ pid: 10, timeMs: 1_500, processStartMs: 900 }), web);
    const second = tree.observe(anExec({ pid: 10, timeMs: 2_000, processStartMs: 1_900 }), web);
    const late = anOpen({ pid: 10, timeMs: 1_400, processStartMs: 900 });
    assert.equal(tree.observe(late, web), first);
    assert.equal(tree.observe(anOpen({ timeMs: 2_001, processStartMs: 1_900 }), web), second);
    const unknown = tree.observe(anExec({ pid: 10, timeMs: 700, processStartMs: 600 }), web);
    assert.deepEqual([unknown.startTimeMs, unknown.exePath, tree.size], [600, '/bin/sh', 1]);
  });

  it('is made anew, and not late for ever, after the host’s clock was put back', () => {
    const tree = new ProcessTree();
    tree.observe(anExec({ pid: 10, timeMs: 90_000, processStartMs: 80_000 }), web);
    const open = anOpen({ pid: 10, timeMs: 95_000, processStartMs: 20_000 });
    assert.equal(tree.observe(open, web), tree.observe(open, web));
  });

  it('learns its start from the first event that tells it', () => {
    const tree = new ProcessTree();
    const node = tree.observe(anExec({ pid: 10, timeMs: 1_000 }), web);
    assert.equal(tree.observe(anOpen({ timeMs: 1_001, processStartMs: 900 }), web), node);
    assert.equal(node.startTimeMs, 900);
    const next = tree.observe(anOpen({ timeMs: 1_002, processStartMs: 1_002 }), web);
    assert.notEqual(next, node);
  });

  it('is not the one that was seen before it began', () => {
    const tree = new ProcessTree();
    const first = tree.observe(anExec({ pid: 10, timeMs: 1_000 }), web);
    assert.notEqual(tree.observe(anOpen({ timeMs: 3_000, processStartMs: 2_000 }), web), first);
  });

  it('keeps its program when it is moved into another container', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 1, ppid: 0, processStartMs: 1 }), other);
    tree.observe(anExec({ pid: 10, ppid: 1, processStartMs: 900 }), other);
    const moved = tree.observe(anOpen({ pid: 10, ppid: 1, processStartMs: 900 }), web);
    assert.deepEqual([moved.exePath, ancestry(moved)], ['/bin/sh', [10]]);
    const foreign = tree.observe(anOpen({ pid: 1, ppid: 0, processStartMs: 900 }), web);
    assert.equal(foreign.exePath, '', 'another process of that number brings nothing');
  });

  it('is not made anew by a late fork of what had its number before', () => {
    const tree = new ProcessTree();
    const now = tree.observe(anExec({ pid: 11, timeMs: 2_000, processStartMs: 1_900 }), web);
    tree.observe(aFork({ pid: 20, childPid: 11, timeMs: 1_000, childStartMs: 999 }), web);
    const node = tree.observe(anOpen({ pid: 11, timeMs: 2_001, processStartMs: 1_900 }), web);
    assert.equal(node, now);
  });

  it('stays in the container that it is in when the fork that made it is told of in another', () => {
    const tree = new ProcessTree();
    const inside = tree.observe(anExec({ pid: 11, timeMs: 1_002, processStartMs: 1_000 }), web);
    tree.observe(aFork({ pid: 5, childPid: 11, timeMs: 1_001, childStartMs: 1_000 }), other);
    assert.equal(tree.observe(anOpen({ pid: 11, processStartMs: 1_000 }), web), inside);
  });
});

describe('the parent of a process', () => {
  it('is what forked it, even if it was taken for another one’s child before', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 1, ppid: 0, processStartMs: 10 }), web);
    tree.observe(aFork({ pid: 1, ppid: 0, childPid: 10, timeMs: 900, childStartMs: 900 }), web);
    // The parent has ended: the kernel tells of the first process by now.
    tree.observe(anOpen({ pid: 11, ppid: 1, timeMs: 1_002, processStartMs: 1_000 }), web);
    tree.observe(aFork({ pid: 10, childPid: 11, timeMs: 1_001, childStartMs: 1_000 }), web);
    const child = tree.observe(anOpen({ pid: 11, ppid: 1, processStartMs: 1_000 }), web);
    assert.deepEqual([ancestry(child), child.ppid], [[11, 10, 1], 1]);
  });

  it('is never its own child, whatever a fork says', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 1, ppid: 0, timeMs: 1_000 }), web);
    tree.observe(aFork({ pid: 1, ppid: 0, childPid: 10, timeMs: 1_000 }), web);
    tree.observe(aFork({ pid: 10, ppid: 1, childPid: 1, timeMs: 900 }), web);
    assert.deepEqual(ancestry(tree.observe(anOpen({ pid: 10 }), web)), [10, 1]);
  });

  it('ran at that time what it had not replaced yet', () => {
    const tree = new ProcessTree();
    tree.observe(anExec({ pid: 10, comm: 'a', exePath: '/a', timeMs: 1_000 }), web);
    tree.observe(anExec({ pid: 10, comm: 'b', exePath: '/b', timeMs: 1_010 }), web);
    tree.observe(aFork({ pid: 10, childPid: 11, timeMs: 1_005 }), web);
    const child = tree.observe(anOpen({ pid: 11, ppid: 10, timeMs: 1_020 }), web);
    assert.deepEqual([child.exePath, child.parent?.comm], ['/a', 'a']);
  });

  it('is not one that had ended before the child began', () => {
    const tree = new ProcessTree();
    tree.observe(anExit({ pid: 10, timeMs: 1_000, processStartMs: 500 }), web);
    const child = anOpen({ pid: 11, ppid: 10, timeMs: 2_000, processStartMs: 1_900 });
    assert.deepEqual(ancestry(tree.observe(child, web)), [11]);
  });

  it('is the next one above that is remembered, when the one between is forgotten', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 1, ppid: 0, timeMs: 1 }), web);
    tree.observe(aFork({ pid: 1, ppid: 0, childPid: 10, timeMs: 2 }), web);
    tree.observe(aFork({ pid: 10, childPid: 11, timeMs: 3 }), web);
    // Its end is lost; its number is another one's later.
    tree.observe(aFork({ pid: 1, ppid: 0, childPid: 10, timeMs: 5_000 }), web);
    assert.deepEqual(ancestry(tree.observe(anOpen({ pid: 11, ppid: 1 }), web)), [11, 1]);
  });

  it('is left to the next event of most children of one that had very many', () => {
    const tree = new ProcessTree();
    tree.observe(anOpen({ pid: 1, ppid: 0, timeMs: 1 }), web);
    tree.observe(aFork({ pid: 1, ppid: 0, childPid: 2, timeMs: 2 }), web);
    const children = Array.from({ length: 300 }, (_, at) => 1_000 + at);
    for (const childPid of children) {
      tree.observe(aFork({ pid: 2, ppid: 1, childPid, timeMs: 3 }), web);
    }
    const [last = 0] = children.slice(-1);
    const node = tree.observe(anOpen({ pid: last, ppid: 2, timeMs: 4 }), web);
    tree.observe(aFork({ pid: 1, ppid: 0, childPid: 2, timeMs: 5_000 }), web);
    assert.equal(node.parent, undefined);
    tree.observe(anOpen({ pid: last, ppid: 1, timeMs: 5_001 }), web);
    assert.deepEqual(ancestry(node), [last, 1]);
  });

  it('is remembered though there are too many processes: what started nothing goes first', () => {
    const tree = new ProcessTree();
    const root = tree.observe(anOpen({ pid: 1, ppid: 0 }), web);
    for (let childPid = 2; childPid < 70_000; childPid += 1) {
      tree.observe(aFork({ pid: 1, ppid: 0, childPid }), web);
    }
    assert.equal(tree.size, 65_536);
    assert.equal(tree.observe(anOpen({ pid: 69_999, ppid: 1 }), web).parent, root);
  });
});

describe('processes that /proc tells of', () => {
  it('are known with all that they run, and linked in whatever order they come', () => {
    const tree = new ProcessTree();
    tree.adopt(aScanned({ pid: 10, ppid: 20, startMs: 800 }), web, true);
    tree.adopt(aScanned({ pid: 20, ppid: 1, startMs: 500, comm: 'init' }), web, true);
    for (const pid of [10, 20, 30]) tree.linkByNumber(pid);
    const node = tree.observe(anOpen({ pid: 10, ppid: 20, processStartMs: 807 }), web);
    assert.deepEqual([node.exePath, node.cwd, node.startTimeMs], ['/usr/sbin/nginx', '/srv', 800]);
    assert.deepEqual(ancestry(node), [10, 20]);
  });

  it('add to what an event told, and take nothing from it', () => {
    const tree = new ProcessTree();
    const opened = tree.observe(anOpen({ pid: 10, timeMs: 1_000 }), web);
    const executed = tree.observe(anExec({ pid: 11, timeMs: 1_000, processStartMs: 900 }), web);
    tree.adopt(aScanned({ pid: 10, startMs: 700 }), web, true);
    tree.adopt(aScanned({ pid: 11, startMs: 890 }), web, true);
    assert.deepEqual(
      [opened.exePath, opened.comm, opened.startTimeMs, executed.exePath, executed.startTimeMs],
      ['/usr/sbin/nginx', 'nginx', 700, '/bin/sh', 900],
    );
    assert.equal(tree.observe(anOpen({ pid: 10, timeMs: 1_001 }), web), opened);
  });

  it('give way to a younger process, and take the place of an older one', () => {
    const tree = new ProcessTree();
    const younger = tree.observe(anExec({ pid: 10, processStartMs: 900 }), web);
    tree.adopt(aScanned({ pid: 10, startMs: 500 }), web, true);
    assert.equal(tree.observe(anOpen({ pid: 10, processStartMs: 900 }), web), younger);
    tree.adopt(aScanned({ pid: 10, startMs: 2_000 }), web, true);
    const node = tree.observe(anOpen({ pid: 10, processStartMs: 2_001, timeMs: 2_500 }), web);
    assert.equal(node.exePath, '/usr/sbin/nginx');
  });

  it('are taken from another owner only where that is asked for', () => {
    const tree = new ProcessTree();
    const first = tree.observe(anExec({ pid: 10, processStartMs: 500 }), other);
    tree.adopt(aScanned(), web, false);
    assert.equal(tree.observe(anOpen({ pid: 10, processStartMs: 500 }), other), first);
    tree.adopt(aScanned(), web, true);
    const taken = tree.observe(anOpen({ pid: 10, processStartMs: 500 }), web);
    assert.equal(taken.exePath, '/usr/sbin/nginx');
  });
});
