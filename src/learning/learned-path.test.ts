import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { execPathOf, learnedArguments, learnedPath } from './learned-path.ts';
import { anExec } from './testing/observed.ts';

function pathOf(changes: Parameters<typeof anExec>[0]): string {
  const { event } = anExec(changes);
  assert.ok(event.type === 'exec');
  return execPathOf(event);
}

describe('learnedPath', () => {
  it('puts the path into its normal form', () => {
    assert.equal(learnedPath('/etc//nginx/./conf.d/../nginx.conf'), '/etc/nginx/nginx.conf');
  });

  it('replaces the process id below /proc, and no other number', () => {
    assert.equal(learnedPath('/proc/46/fd/3'), '/proc/⋯/fd/3');
    assert.equal(learnedPath('/proc/46'), '/proc/⋯');
    assert.equal(learnedPath('/proc/46/task/47/stat'), '/proc/⋯/task/47/stat');
    assert.equal(learnedPath('/proc/self/maps'), '/proc/self/maps');
    assert.equal(learnedPath('/proc/46x'), '/proc/46x');
    assert.equal(learnedPath('/data/proc/46/x'), '/data/proc/46/x');
  });

  it('does not let a file called * allow its directory', () => {
    assert.equal(learnedPath('/etc/cron.d/*'), '/etc/cron.d/⋯');
    assert.equal(learnedPath('/a/*/b/*'), '/a/⋯/b/⋯');
    assert.equal(learnedPath('/a/*.conf'), '/a/*.conf');
  });
});

describe('execPathOf', () => {
  it('takes the resolved path, else argv[0], else the thread name', () => {
    assert.equal(pathOf({ exePath: '/usr/bin/ls', args: ['ls'], comm: 'ls' }), '/usr/bin/ls');
    assert.equal(pathOf({ exePath: '', args: ['unix_chkpwd', 'root'] }), 'unix_chkpwd');
    assert.equal(pathOf({ exePath: '', args: [], comm: 'some_proc' }), 'some_proc');
    assert.equal(pathOf({ exePath: '', args: [''], comm: 'some_proc' }), 'some_proc');
  });

  it('does not let a program called * allow every program', () => {
    assert.equal(pathOf({ exePath: '', args: ['*'] }), '⋯');
  });
});

describe('learnedArguments', () => {
  it('does not let an argument ⋯⋯ allow any number of them', () => {
    assert.deepEqual(learnedArguments(['sh', '⋯⋯', '*']), ['sh', '⋯', '*']);
  });

  it('returns the same array when nothing changes', () => {
    const args = ['sh', '-c', '⋯'];
    assert.equal(learnedArguments(args), args);
  });
});
