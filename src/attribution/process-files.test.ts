import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { systemClock } from '#runtime/clock.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ProcessFiles } from './process-files.ts';
import { FakeProc } from './testing/fake-proc.ts';

describe('files of a process', () => {
  it('tell its start and its cgroup', () => {
    using proc = new FakeProc();
    const files = new ProcessFiles({ ...rootsOf(proc), clock: new VirtualClock(5_000_000) });
    const id = proc.add(7, { ageMs: 12_340, cgroup: '/kubepods/pod1/abc' });
    assert.deepEqual(files.read(7), {
      startedAtMs: 5_000_000 - 12_340,
      cgroup: { path: '/kubepods/pod1/abc', id },
    });
  });

  it('tell nothing of a process that is gone', () => {
    using proc = new FakeProc();
    const files = new ProcessFiles({ ...rootsOf(proc), clock: new VirtualClock() });
    assert.deepEqual(files.read(7), {});
    mkdirSync(join(proc.procRoot, '8'));
    writeFileSync(join(proc.procRoot, '8', 'stat'), 'nonsense');
    writeFileSync(join(proc.procRoot, '8', 'cgroup'), '0::/gone\n');
    assert.deepEqual(files.read(8), {});
  });

  it('tell no cgroup that is not its own', () => {
    using proc = new FakeProc();
    const files = new ProcessFiles({ ...rootsOf(proc), clock: new VirtualClock() });
    proc.add(7, { cgroup: '/' });
    proc.add(8, { cgroup: '/../outside' });
    assert.equal(files.read(7).cgroup, undefined);
    assert.equal(files.read(8).cgroup, undefined);
  });

  it('are read on this machine too', () => {
    const files = new ProcessFiles({ clock: systemClock });
    const { startedAtMs = 0 } = files.read(process.pid);
    const startMs = systemClock.now() - process.uptime() * 1_000;
    assert.ok(Math.abs(startedAtMs - startMs) < 1_000, `${startedAtMs} is not about ${startMs}`);
  });
});

function rootsOf({ procRoot, cgroupRoot }: FakeProc) {
  return { procRoot, cgroupRoot };
}
