import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { capabilityName } from './capability-names.ts';
import { syscallNamesOf } from './syscall-names.ts';

describe('capabilityName', () => {
  it('names the capabilities that there are', () => {
    assert.equal(capabilityName(0), 'CHOWN');
    assert.equal(capabilityName(12), 'NET_ADMIN');
    assert.equal(capabilityName(21), 'SYS_ADMIN');
    assert.equal(capabilityName(40), 'CHECKPOINT_RESTORE');
  });

  it('says the number of one that it does not know', () => {
    assert.equal(capabilityName(41), 'CAP_41');
    assert.equal(capabilityName(0xffffffff), 'CAP_4294967295');
  });
});

describe('syscallNamesOf', () => {
  it('names the calls of each architecture by its own numbers', () => {
    const x64 = syscallNamesOf('x64');
    const arm64 = syscallNamesOf('arm64');
    for (const [name, onX64, onArm64] of [
      ['read', 0, 63],
      ['openat', 257, 56],
      ['execve', 59, 221],
      ['init_module', 175, 105],
      ['delete_module', 176, 106],
      ['finit_module', 313, 273],
      ['unshare', 272, 97],
      ['setns', 308, 268],
      ['bpf', 321, 280],
      ['wait4', 61, 260],
      ['clone3', 435, 435],
      ['mseal', 462, 462],
    ] as const) {
      assert.deepEqual([x64(onX64), arm64(onArm64)], [name, name]);
    }
  });

  it('says the number of a call that it does not know', () => {
    assert.equal(syscallNamesOf('x64')(400), 'syscall_400');
    assert.equal(syscallNamesOf('x64')(4_000_000_000), 'syscall_4000000000');
    assert.equal(syscallNamesOf('arm64')(244), 'syscall_244');
    assert.equal(syscallNamesOf('mips')(0), 'syscall_0');
  });

  it('has as many names as there are calls', () => {
    const count = (architecture: string) => {
      const nameOf = syscallNamesOf(architecture);
      const numbers = Array.from({ length: 512 }, (_, number) => nameOf(number));
      return numbers.filter((name) => !name.startsWith('syscall_')).length;
    };
    assert.equal(count('x64'), 337 + 47);
    assert.equal(count('arm64'), 244 + 35 + 47);
  });
});
