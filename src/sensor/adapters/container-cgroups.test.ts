import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContainerCgroups } from './container-cgroups.ts';

const id = '40aa705f635019acaf6b8236132035b5241f90e4de11d19a12aa9faca60967b7';
const short = id.slice(0, 31);

describe('cgroups that are made up for containers', () => {
  it('are told once before the first event, and again after ten seconds', () => {
    const cgroups = new ContainerCgroups();
    const cgroupId = 2 ** 52;
    const record = { type: 'cgroup', timeMs: 5, cgroupId, name: id, parentName: '' };
    assert.deepEqual(cgroups.cgroupOf({ id, life: '' }, 5), { cgroupId, record });
    assert.deepEqual(cgroups.cgroupOf({ id, life: '' }, 6), { cgroupId, record: undefined });
    assert.equal(cgroups.cgroupOf({ id, life: '' }, 10_005).record?.timeMs, 10_005);
  });

  it('are one for each container, and another one when it is started again', () => {
    const cgroups = new ContainerCgroups();
    const numbers = [
      cgroups.cgroupOf({ id: 'a', life: '1' }, 0),
      cgroups.cgroupOf({ id: 'b', life: '1' }, 0),
      cgroups.cgroupOf({ id: 'a', life: '2' }, 0),
      cgroups.cgroupOf({ id: 'a', life: '2' }, 0),
    ].map(({ cgroupId }) => cgroupId - 2 ** 52);
    assert.deepEqual(numbers, [0, 1, 2, 2]);
  });

  it('are found by the first characters of an id, once the whole is known', () => {
    const cgroups = new ContainerCgroups();
    const before = cgroups.cgroupOf({ id: short, life: '' }, 0);
    assert.equal(before.record?.name, short);
    const whole = cgroups.cgroupOf({ id, life: '1' }, 0);
    assert.equal(whole.record?.name, id);
    const after = cgroups.cgroupOf({ id: short, life: '' }, 1);
    assert.deepEqual(after, { cgroupId: whole.cgroupId, record: undefined });
  });

  it('are forgotten oldest first, and are numbered anew then', () => {
    const cgroups = new ContainerCgroups();
    for (let n = 0; n <= 4_096; n += 1) cgroups.cgroupOf({ id: `c${n}`, life: '' }, 0);
    const again = cgroups.cgroupOf({ id: 'c0', life: '' }, 0);
    assert.equal(again.cgroupId, 2 ** 52 + 4_097);
    assert.equal(again.record?.name, 'c0');
  });
});
