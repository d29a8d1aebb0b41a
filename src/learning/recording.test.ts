import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Recording } from './recording.ts';
import { anExec, anExit, anOpen } from './testing/observed.ts';

const ROOMY = { maxEntries: 1_000, maxSizeChars: 1_000_000 };

describe('Recording', () => {
  it('records a path once, with the flags of all its opens', () => {
    const recording = new Recording(ROOMY);
    recording.observe(anOpen('/var/log/a', 0x441));
    recording.observe(anOpen('/var/log/a', 0));
    recording.observe(anOpen('/var/log/a', 0));
    assert.deepEqual(recording.take().opens, [
      { path: '/var/log/a', flags: ['O_RDONLY', 'O_WRONLY', 'O_CREAT', 'O_APPEND'] },
    ]);
  });

  it('records opens that failed', () => {
    const recording = new Recording(ROOMY);
    const { event, ...rest } = anOpen('/missing');
    recording.observe({ ...rest, event: { ...event, result: -2 } as typeof event });
    assert.equal(recording.take().opens[0]?.path, '/missing');
  });

  it('takes two processes below /proc for one entry', () => {
    const recording = new Recording(ROOMY);
    recording.observe(anOpen('/proc/12/maps'));
    recording.observe(anOpen('/proc/13/maps'));
    assert.equal(recording.entries, 1);
  });

  it('records an argument vector once for each path, with its secrets redacted', () => {
    const recording = new Recording(ROOMY);
    const mysql = { exePath: '/usr/bin/mysql' };
    recording.observe(anExec({ ...mysql, args: ['mysql', '-psecret'] }));
    recording.observe(anExec({ ...mysql, args: ['mysql', '-pother'] }));
    recording.observe(anExec({ ...mysql, args: ['mysql', '--version'] }));
    assert.deepEqual(recording.take().execs, [
      { path: '/usr/bin/mysql', args: ['mysql', '-p[redacted]'] },
      { path: '/usr/bin/mysql', args: ['mysql', '--version'] },
    ]);
  });

  it('keeps argument vectors apart that look alike when joined', () => {
    const recording = new Recording(ROOMY);
    recording.observe(anExec({ args: ['a b'] }));
    recording.observe(anExec({ args: ['a', 'b'] }));
    assert.equal(recording.entries, 2);
  });

  it('records neither forks nor exits nor an open without a path', () => {
    const recording = new Recording(ROOMY);
    recording.observe(anExit());
    recording.observe(anOpen(''));
    assert.equal(recording.entries, 0);
  });

  it('is full at its bound of entries and drops and counts what is new at twice the bound', () => {
    const recording = new Recording({ ...ROOMY, maxEntries: 2 });
    for (const path of ['/a', '/b', '/c', '/d']) {
      assert.equal(recording.isFull, recording.entries >= 2);
      recording.observe(anOpen(path));
    }
    recording.observe(anOpen('/e'));
    recording.observe(anOpen('/a', 1));
    assert.equal(recording.dropped, 1);
    const paths = [recording.take(), recording.take()].map(({ opens }) => opens.map((o) => o.path));
    assert.deepEqual(paths, [
      ['/a', '/b'],
      ['/c', '/d'],
    ]);
  });

  it('is full at its bound of characters, and has room again after a take', () => {
    const recording = new Recording({ ...ROOMY, maxSizeChars: 100 });
    recording.observe(anExec({ args: ['x'.repeat(150)] }));
    assert.equal(recording.isFull, true);
    assert.equal(recording.take().execs.length, 1);
    assert.equal(recording.isFull, false);
  });

  it('gives back everything it took in, over as many takes as it needs', () => {
    const paths = fc.array(fc.nat(40).map((n) => `/p/${n}`));
    fc.assert(
      fc.property(paths, fc.integer({ min: 1, max: 9 }), (all, maxEntries) => {
        const recording = new Recording({ ...ROOMY, maxEntries });
        const taken = new Set<string>();
        const drain = () => {
          const { opens } = recording.take();
          assert.ok(opens.length <= maxEntries);
          for (const { path } of opens) taken.add(path);
        };
        for (const path of all) {
          recording.observe(anOpen(path));
          if (recording.isFull) drain();
        }
        while (recording.entries > 0) drain();
        assert.deepEqual(taken, new Set(all));
        assert.equal(recording.dropped, 0);
      }),
    );
  });
});
