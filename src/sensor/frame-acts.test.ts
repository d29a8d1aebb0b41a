import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  CapabilitiesEvent,
  ExecEvent,
  LinkEvent,
  MountEvent,
  OpenEvent,
  PtraceEvent,
  RawEvent,
  RawRecord,
  SyscallEvent,
  UnshareEvent,
} from '#model/raw-event.js';
import { FrameDecoder } from './frame-decoder.ts';
import { aRawEvent, encodeEvent, encodeLost, encodeReady } from './testing/encoded-frames.ts';

function decode(...frames: readonly Buffer[]): readonly RawRecord[] {
  const decoder = new FrameDecoder(() => 0);
  decoder.push(encodeReady());
  return frames.flatMap((frame) => decoder.push(Buffer.from(frame)));
}

/** What comes back must be what was encoded. */
function assertTold(event: RawEvent, base = '', expected: RawEvent = event): void {
  assert.deepEqual(decode(encodeEvent(event, base)), [expected]);
}

describe('an act frame', () => {
  it('puts relative paths behind what they start from', () => {
    const link = { oldPath: '../secret', newPath: 'a/../b' };
    const symlink = aRawEvent<LinkEvent>({ type: 'symlink', ...link });
    assertTold(symlink, '/srv', { ...symlink, newPath: '/srv/b' });
    const hardlink = aRawEvent<LinkEvent>({ type: 'hardlink', ...link });
    assertTold(hardlink, '/srv', { ...hardlink, oldPath: '/secret', newPath: '/srv/b' });
    const mount = aRawEvent<MountEvent>({ type: 'mount', source: 'tmpfs', target: 'mnt/' });
    assertTold(mount, '/', { ...mount, target: '/mnt' });
  });

  it('leaves texts as they are that start from nothing', () => {
    assertTold(aRawEvent<LinkEvent>({ type: 'symlink', oldPath: '../x', newPath: '/tmp//y' }));
    assertTold(aRawEvent<MountEvent>({ type: 'mount', source: '', target: '/', filesystem: '' }));
  });

  it('tells whether the program is not of the image', () => {
    assertTold(aRawEvent<UnshareEvent>({ type: 'unshare', upperLayer: true }));
  });

  it('keeps flags of 64 bits', () => {
    assertTold(aRawEvent<UnshareEvent>({ type: 'unshare', flags: 0x1_0000_0000 }));
  });

  it('leaves out the other process of a ptrace when it is not known', () => {
    const { targetPid: _, ...event } = aRawEvent<PtraceEvent>({ type: 'ptrace', request: 0 });
    assertTold(event);
  });

  it('names the system call of a module', () => {
    for (const syscall of ['init_module', 'finit_module', 'delete_module']) {
      assertTold(aRawEvent({ type: 'kmod', module: '', syscall }));
    }
  });
});

describe('other frames', () => {
  it('tell a capability without a system call, and numbers without a name', () => {
    assertTold(aRawEvent<CapabilitiesEvent>({ type: 'capabilities', syscall: '' }));
    assertTold(
      aRawEvent<CapabilitiesEvent>({
        type: 'capabilities',
        capability: 'CAP_63',
        syscall: 'syscall_511',
      }),
    );
    assertTold(aRawEvent<SyscallEvent>({ type: 'syscall', syscall: 'syscall_600' }));
  });

  it('tell the terminal of an exec', () => {
    assertTold(aRawEvent<ExecEvent>({ type: 'exec', tty: { major: 136, minor: 3 } }));
  });

  it('tell that a path was cut', () => {
    assertTold(aRawEvent<OpenEvent>({ type: 'open', pathTruncated: true }));
  });

  it('tell of each container how much of it was lost, and why', () => {
    const records = decode(
      encodeLost([{ count: 0 }, { count: 2, cgroupId: 7, reason: 'share' }, { count: 3 }]),
    );
    assert.deepEqual(
      records.map(
        (record) => record.type === 'lost' && [record.count, record.cgroupId, record.reason],
      ),
      [
        [2, 7, 'share'],
        [3, undefined, undefined],
      ],
    );
    assert.deepEqual(decode(encodeLost([])), []);
  });

  it('tell when a child begins in the same words as the child itself', () => {
    const fork = aRawEvent<RawEvent>({ type: 'fork' });
    const childStartMs = 1_700_000_004_123.5;
    const child = aRawEvent<RawEvent>({ type: 'exit', processStartMs: childStartMs });
    const [told, own] = decode(
      encodeEvent({ ...fork, childStartMs } as RawEvent),
      encodeEvent(child),
    );
    assert.ok(told?.type === 'fork' && own?.type === 'exit');
    assert.equal(told.childStartMs, own.processStartMs);
  });
});
