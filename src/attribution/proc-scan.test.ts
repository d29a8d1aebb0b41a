import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, it } from 'node:test';
import { systemClock } from '#runtime/clock.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { hostContainer } from './host-container.ts';
import { ProcScan } from './proc-scan.ts';
import { aContainer } from './testing/build-event.ts';
import { FakeProc } from './testing/fake-proc.ts';

const HEX = 'ab'.repeat(32);
const NOW_MS = 5_000_000;
const host = hostContainer({ nodeName: 'node-1', bootedAtMs: 0 });
const nginx = {
  ...{ exe: '/usr/sbin/nginx', cwd: '/srv', cmdline: 'nginx\0-g\0\0daemon off;\0\0\0' },
  ...{ uid: 33, gid: 34 },
};

const scanOf = ({ procRoot, cgroupRoot }: FakeProc) =>
  new ProcScan({ procRoot, cgroupRoot, clock: new VirtualClock(NOW_MS) });
const pidsOf = (proc: FakeProc, container = aContainer({ pid: 7 })) =>
  [...scanOf(proc).processesOf(container)].map(({ pid }) => pid);

describe('a look at /proc', () => {
  it('tells what a process runs, since when, for whom and where', () => {
    using proc = new FakeProc();
    proc.add(7, { ageMs: 12_340, cgroup: '/pod/web', ppid: 3, comm: 'my (x) y', program: nginx });
    const [found] = scanOf(proc).processesOf(aContainer({ pid: 7 }));
    assert.deepEqual(found, {
      ...{ pid: 7, ppid: 3, comm: 'my (x) y', exePath: '/usr/sbin/nginx', cwd: '/srv' },
      ...{ args: ['nginx', '-g', '', 'daemon off;'], uid: 33, gid: 34, upperLayer: false },
      startMs: NOW_MS - 12_340,
    });
  });

  it('names deleted programs and those in memory as the sensor does', () => {
    using proc = new FakeProc();
    proc.add(7, { cgroup: '/web', program: { ...nginx, exe: '/tmp/x (deleted)' } });
    proc.add(8, { cgroup: '/web', program: { ...nginx, exe: '/memfd:x (deleted)' } });
    const found = [...scanOf(proc).processesOf(aContainer({ pid: 7 }))];
    assert.deepEqual(
      found.map(({ exePath }) => exePath),
      ['/tmp/x', 'memfd:x'],
    );
  });

  it('finds all of a container’s cgroup and of those below it, and nothing else', () => {
    using proc = new FakeProc();
    proc.add(30, { cgroup: '/pod/web/inner/deep' });
    proc.add(7, { cgroup: '/pod/web' });
    proc.add(100, { cgroup: '/pod/web' });
    proc.add(9, { cgroup: '/pod/other' });
    assert.deepEqual(pidsOf(proc), [7, 30, 100]);
  });

  it('leaves out kernel threads, what has ended, and what is gone', () => {
    using proc = new FakeProc();
    proc.add(7, { cgroup: '/web' });
    proc.add(8, { cgroup: '/web', state: 'Z' });
    proc.add(9, { cgroup: '/web', flags: 0x20_8040 });
    proc.add(10, { cgroup: '/web' });
    writeFileSync(join(proc.procRoot, '10', 'stat'), 'nonsense');
    writeFileSync(join(proc.cgroupRoot, 'web', 'cgroup.procs'), '0\n7\n8\n9\n10\n11\nx\n');
    assert.deepEqual(pidsOf(proc), [7]);
  });

  it('finds the first process at least, when the cgroup is not within sight', () => {
    using proc = new FakeProc();
    proc.add(7, { cgroup: '/../elsewhere' });
    assert.deepEqual(pidsOf(proc), [7]);
    proc.add(8, { cgroup: '/' });
    assert.deepEqual(pidsOf(proc, aContainer({ pid: 8 })), [8]);
    assert.deepEqual(pidsOf(proc, aContainer({ pid: 0 })), []);
    assert.deepEqual(pidsOf(proc, aContainer({ pid: 99 })), []);
  });

  it('finds of the host what is in no container', () => {
    using proc = new FakeProc();
    proc.add(1, { cgroup: '/init.scope' });
    proc.add(7, { cgroup: `/kubepods/pod1/${HEX}/inner` });
    proc.add(8, { cgroup: `/system.slice/docker-${HEX}.scope` });
    proc.add(200, { cgroup: '/system.slice/sshd.service' });
    assert.deepEqual(pidsOf(proc, host), [1, 200]);
    assert.deepEqual(pidsOf(proc, aContainer({ id: 'host', pid: 0 })), []);
  });

  it('takes no more than the first 1024 of a container', () => {
    using proc = new FakeProc();
    for (const pid of [100, 1_123, 1_124]) proc.add(pid, { cgroup: '/web' });
    const all = Array.from({ length: 1_100 }, (_, at) => at + 100).join('\n');
    writeFileSync(join(proc.cgroupRoot, 'web', 'cgroup.procs'), all);
    assert.deepEqual(pidsOf(proc, aContainer({ pid: 100 })), [100, 1_123]);
  });

  it('reads this very process', () => {
    const scan = new ProcScan({ clock: systemClock });
    const [found] = [...scan.processesOf(host)].filter(({ pid }) => pid === process.pid);
    const self = found ?? [...scan.processesOf(aContainer({ pid: process.pid }))][0];
    assert.ok(self);
    assert.deepEqual(
      [self.ppid, self.cwd, self.uid],
      [process.ppid, process.cwd(), process.getuid?.()],
    );
    assert.equal(self.args[0], process.argv0);
    const startedMs = systemClock.now() - process.uptime() * 1_000;
    assert.ok(Math.abs(self.startMs - startedMs) < 1_000, `${self.startMs} ${startedMs}`);
  });
});
