import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CallStackNode, IdentifiedCallStack } from '#model/profile.js';
import { buildCallStackTree, CallStackTrie } from './call-stack-trie.ts';
import { StringPool } from './string-pool.ts';

const EMPTY = { fileID: '', lineno: '' };
const at = (file: string, line = '1') => ({ fileID: file, lineno: line });

function node(frame: string, ...children: readonly CallStackNode[]): CallStackNode {
  return { frame: { ...at(frame), frameType: 3 }, children };
}

function stacks(callID: string, ...children: readonly CallStackNode[]): IdentifiedCallStack {
  return { callID, callStack: { root: { frame: EMPTY, children } } };
}

const STACKS = [
  stacks('open', node('main', node('run', node('read')), node('run2'))),
  stacks('exec', node('main')),
  stacks('open', node('main', node('run'))),
  stacks('none'),
];

describe('buildCallStackTree', () => {
  const tree = buildCallStackTree(STACKS);

  it('names the calls that have stacks, in order', () => {
    assert.deepEqual(tree.callIds, ['exec', 'open']);
    assert.deepEqual(buildCallStackTree([]).callIds, []);
  });

  it('finds every way from below the root to a leaf, and nothing shorter, longer or else', () => {
    const has = (...files: readonly string[]) =>
      tree.hasStack(
        'open',
        files.map((f) => at(f)),
      );
    assert.ok(has('main', 'run', 'read'));
    assert.ok(has('main', 'run'), 'a leaf of the other tree');
    assert.ok(has('main', 'run2'));
    assert.ok(!has('main'));
    assert.ok(!has());
    assert.ok(!has('run'));
    assert.ok(!has('main', 'run', 'read', 'x'));
    assert.ok(!tree.hasStack('open', [at('main', '2'), at('run2')]));
    assert.ok(!tree.hasStack('exec', [at('main'), at('run2')]));
    assert.ok(!tree.hasStack('other', [at('main')]));
  });

  it('finds beginnings, none being that of any', () => {
    assert.ok(tree.hasPrefix('open', [at('main')]));
    assert.ok(tree.hasPrefix('open', []));
    assert.ok(tree.hasPrefix('open', [at('main'), at('run'), at('read')]));
    assert.ok(!tree.hasPrefix('open', [at('read')]));
    assert.ok(!tree.hasPrefix('none', []));
  });

  it('keeps file and line apart, whatever they hold', () => {
    const odd = buildCallStackTree([
      stacks('*', { frame: at('a","b', 'c') }),
      stacks('⋯', node('*')),
    ]);
    assert.ok(odd.hasStack('*', [at('a","b', 'c')]));
    assert.ok(!odd.hasStack('*', [at('a', 'b","c')]));
    assert.ok(!odd.hasStack('x', [at('x')]));
  });

  it('takes a stack of 20,000 frames', () => {
    let deep = node('leaf');
    for (let i = 0; i < 20_000; i += 1) deep = node('f', deep);
    const frames = [...Array.from({ length: 20_000 }, () => at('f')), at('leaf')];
    assert.ok(buildCallStackTree([stacks('open', deep)]).hasStack('open', frames));
  });
});

describe('CallStackTrie', () => {
  it('is empty once released, and gives its texts back', () => {
    const strings = new StringPool(1, true);
    const tree = new CallStackTrie(STACKS, strings);
    assert.ok(strings.size > 0);
    tree.release();
    assert.deepEqual([strings.size, tree.callIds, tree.lines], [0, [], []]);
    assert.ok(!tree.hasPrefix('open', []));
  });

  it('writes every stack as a line, whatever the order in which they came', () => {
    const strings = new StringPool(1, true);
    const { lines } = new CallStackTrie(STACKS, strings);
    assert.equal(lines.length, 4);
    assert.deepEqual(new CallStackTrie([...STACKS].reverse(), strings).lines, lines);
  });
});
