import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { processEnviron } from './process-environ.ts';

describe('the environment of a process', () => {
  let root = '';
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'hullwatch-environ-'));
  });
  after(() => rmSync(root, { recursive: true }));

  function read(content: string | Uint8Array) {
    mkdirSync(join(root, '7'), { recursive: true });
    writeFileSync(join(root, '7', 'environ'), content);
    return processEnviron(7, root);
  }

  it('is read by name; values may hold anything, names too', () => {
    const found = read('A=1\0B=x=y\0C=\0nonsense\0=no\0D=two\nlines\0');
    assert.deepEqual(
      [...(found ?? [])],
      [
        ['A', '1'],
        ['B', 'x=y'],
        ['C', ''],
        ['D', 'two\nlines'],
      ],
    );
  });

  it('gives the last of two', () => {
    assert.equal(read('LD_PRELOAD=/a.so\0LD_PRELOAD=/b.so\0')?.get('LD_PRELOAD'), '/b.so');
  });

  it('is bounded, without the variable that is cut off', () => {
    const found = read(`FIRST=1\0LONG=${'x'.repeat(128 * 1024)}\0LAST=1\0`);
    assert.deepEqual([...(found?.keys() ?? [])], ['FIRST']);
  });

  it('is unknown of a process that has ended, and of what is no process', () => {
    for (const pid of [8, 0, -1, 1.5, Number.NaN])
      assert.equal(processEnviron(pid, root), undefined);
  });

  it('is our own here', () => {
    assert.ok((processEnviron(process.pid)?.get('PATH') ?? '').length > 0);
  });
});
