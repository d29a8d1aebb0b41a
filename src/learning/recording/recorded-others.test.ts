import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Recording } from '../recording.ts';
import { anExec, anOpen } from '../testing/observed.ts';
import { happened } from '../testing/observed-surfaces.ts';

const ROOMY = { maxEntries: 1_000, maxSizeChars: 1_000_000 };

function openWithStack(...frames: readonly (readonly [string, number])[]) {
  const callStack = frames.map(([fileId, line]) => ({ fileId, line }));
  const { event, ...rest } = anOpen('/etc/hosts');
  return { ...rest, event: { ...event, callStack } };
}

describe('the execs of a container', () => {
  it('have names of variables only when they are to be learned, and never values', () => {
    const exec = anExec({ envNames: ['PATH', 'TOKEN=hunter2', 'HOME'] });
    const again = anExec({ envNames: ['LANG'] });
    const recording = new Recording({ ...ROOMY, learnEnvNames: true });
    recording.observe(exec);
    recording.observe(again);
    assert.deepEqual(recording.take().execs[0]?.envs, ['*']);
    recording.observe(anExec({ envNames: ['PATH', '', 'HOME'] }));
    recording.observe(again);
    assert.deepEqual(recording.take().execs[0]?.envs, ['HOME', 'LANG', 'PATH']);
    const without = new Recording(ROOMY);
    without.observe(exec);
    assert.equal('envs' in (without.take().execs[0] ?? {}), false);
  });

  it('are recorded again after a report', () => {
    const recording = new Recording(ROOMY);
    for (let report = 0; report < 2; report += 1) {
      recording.observe(anExec());
      recording.observe(anExec());
      assert.equal(recording.take().execs.length, 1);
    }
  });

  it('have any variable when there are more than are kept, and are whole', () => {
    const envNames = Array.from({ length: 257 }, (_, n) => `SERVICE_${n}_PORT`);
    for (const [names, count] of [
      [envNames.slice(1), 256],
      [envNames, 1],
      [['x'.repeat(129)], 1],
    ] as const) {
      const recording = new Recording({ ...ROOMY, learnEnvNames: true });
      recording.observe(anExec({ envNames: names }));
      assert.deepEqual([recording.truncated, recording.dropped], [0, 0]);
      const envs = recording.take().execs[0]?.envs ?? [];
      assert.deepEqual([envs.length, envs.includes('*')], [count, count === 1]);
    }
  });

  it('are told apart whatever their arguments hold', () => {
    const recording = new Recording(ROOMY);
    for (const args of [['a', 'b\0c'], ['a\0b', 'c'], ['a', 'b', 'c'], ['a\0b\0c']]) {
      recording.observe(anExec({ args }));
    }
    assert.equal(recording.entries, 4);
  });

  it('are told apart though they look alike at a glance', () => {
    const recording = new Recording(ROOMY);
    for (let n = 10; n < 99; n += 1) {
      const args = ['tool', `${n}-and-the-same-end`];
      recording.observe(anExec({ args }));
      recording.observe(anExec({ args: [...args] }));
    }
    assert.equal(recording.entries, 89);
  });

  it('count those whose arguments were cut as truncated, and opens whose path was', () => {
    const recording = new Recording(ROOMY);
    recording.observe(anExec({ argsTruncated: true }));
    const { event, ...rest } = anOpen('/a');
    recording.observe({ ...rest, event: { ...event, pathTruncated: true } as typeof event });
    assert.deepEqual([recording.seen, recording.truncated], [2, 2]);
  });
});

describe('what nobody told the name of', () => {
  it('counts as truncated, but for an attempt to open nothing', () => {
    const recording = new Recording(ROOMY);
    for (const event of [
      anExec({ exePath: '', args: [], comm: '' }),
      anOpen(''),
      happened({ type: 'syscall', syscall: '' }),
      happened({ type: 'capabilities', capability: '', syscall: 'openat' }),
    ]) {
      recording.observe(event);
    }
    assert.deepEqual([recording.entries, recording.truncated], [0, 4]);
    recording.observe(happened({ type: 'open', path: '', flags: 0, result: -2 }));
    assert.deepEqual([recording.entries, recording.truncated], [0, 4]);
  });
});

describe('the call stacks of a container', () => {
  it('are one tree for each call, and each stack once', () => {
    const recording = new Recording(ROOMY);
    for (let times = 0; times < 2; times += 1) {
      recording.observe(openWithStack(['main', 1], ['a', 2]));
      recording.observe(openWithStack(['main', 1], ['b', 2]));
      recording.observe(openWithStack(['main', 3]));
    }
    assert.equal(recording.entries, 4);
    const [tree, ...others] = recording.take().identifiedCallStacks ?? [];
    assert.deepEqual(others, []);
    assert.equal(tree?.callID, 'open');
    const main = tree?.callStack.root.children ?? [];
    assert.deepEqual(
      main.map(({ frame, children }) => [frame.fileID, frame.lineno, children?.length]),
      [
        ['main', '1', 2],
        ['main', '3', 0],
      ],
    );
  });

  it('are recorded again after a report, but for those that it left behind', () => {
    const recording = new Recording({ ...ROOMY, maxEntries: 2 });
    recording.observe(openWithStack(['a', 1]));
    recording.observe(openWithStack(['b', 1]));
    recording.take();
    recording.observe(openWithStack(['b', 1]));
    const stacks = [recording.take(), recording.take()].flatMap(
      ({ identifiedCallStacks = [] }) => identifiedCallStacks,
    );
    const files = stacks.flatMap(({ callStack }) =>
      (callStack.root.children ?? []).map(({ frame }) => frame.fileID),
    );
    assert.deepEqual(files, ['b']);
  });

  it('are cut at their inner end when they are very deep, which is counted', () => {
    const recording = new Recording(ROOMY);
    recording.observe(
      openWithStack(...Array.from({ length: 100 }, (_, n) => [`f${n}`, 1] as const)),
    );
    assert.equal(recording.truncated, 1);
    let [node] = recording.take().identifiedCallStacks?.[0]?.callStack.root.children ?? [];
    let depth = 0;
    for (; node !== undefined; [node] = node.children ?? []) depth += 1;
    assert.equal(depth, 64);
  });
});

describe('the policies of rules', () => {
  it('allow each process once', () => {
    const recording = new Recording(ROOMY);
    for (const name of ['ln', 'cp', 'ln']) recording.notePolicy('R1010', name);
    recording.notePolicy('R1012', 'ln');
    assert.deepEqual(recording.take().rulePolicies, {
      R1010: { processAllowed: ['ln', 'cp'] },
      R1012: { processAllowed: ['ln'] },
    });
    assert.equal(recording.take().rulePolicies, undefined);
  });
});

describe('what a report leaves behind', () => {
  it('goes into the next one before what came later, whatever the surface', () => {
    const recording = new Recording({ ...ROOMY, maxEntries: 2 });
    for (const path of ['/a', '/b', '/c']) recording.observe(anOpen(path));
    recording.take();
    for (const syscall of ['read', 'write']) {
      recording.observe(happened({ type: 'syscall', syscall }));
    }
    const next = recording.take();
    assert.deepEqual([next.opens.map(({ path }) => path), next.syscalls], [['/c'], ['read']]);
  });
});
