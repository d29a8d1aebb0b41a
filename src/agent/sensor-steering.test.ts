import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SensorControl } from '#model/sensor-control.js';
import { SensorSteering } from './sensor-steering.ts';

function started() {
  const said: string[] = [];
  const control: SensorControl = {
    demand: ({ types }) => said.push(`demand ${[...types].join()}`),
    narrow: (cgroupId, isNarrow) => said.push(`${isNarrow ? 'narrow' : 'widen'} ${cgroupId}`),
    reopen: (cgroupId) => said.push(`reopen ${cgroupId ?? 'all'}`),
  };
  const cgroups = new Map<string, number[]>();
  const recording = new Set<string>();
  const steering = new SensorSteering({
    control,
    reopenDedup: (id) => said.push(`dedup ${id ?? 'all'}`),
    containers: () => [...cgroups.keys()].map((id) => ({ id })),
    cgroupsOf: (id) => cgroups.get(id) ?? [],
    isRecording: (id) => recording.has(id),
  });
  const take = () => said.splice(0);
  return { cgroups, recording, steering, take };
}

describe('steering the sensor', () => {
  it('narrows containers that nobody learns, once, and no others', () => {
    const { cgroups, recording, steering, take } = started();
    cgroups.set('learned', [1]).set('known', [2, 3]);
    recording.add('learned');
    steering.update();
    steering.update();
    assert.deepEqual(take(), ['narrow 2', 'narrow 3']);
  });

  it('narrows a cgroup that becomes known later', () => {
    const { cgroups, steering, take } = started();
    cgroups.set('c', []);
    steering.update();
    cgroups.set('c', [7]);
    steering.update();
    assert.deepEqual(take(), ['narrow 7']);
  });

  it('widens and reopens a container that is learned again', () => {
    const { cgroups, recording, steering, take } = started();
    cgroups.set('c', [7]);
    steering.update();
    recording.add('c');
    steering.update();
    assert.deepEqual(take(), ['narrow 7', 'widen 7', 'reopen 7']);
  });

  it('forgets a container that is gone', () => {
    const { cgroups, steering, take } = started();
    cgroups.set('c', [7]);
    steering.update();
    cgroups.delete('c');
    steering.update();
    steering.update();
    assert.deepEqual(take(), ['narrow 7', 'widen 7', 'reopen 7']);
  });

  it('reopens the cgroups of one container, and everything when rules change', () => {
    const { cgroups, steering, take } = started();
    cgroups.set('c', [7, 8]).set('d', [9]);
    steering.reopen('c');
    steering.rulesChanged({ types: new Set(['open']) });
    assert.deepEqual(take(), [
      ...['dedup c', 'reopen 7', 'reopen 8'],
      ...['dedup all', 'demand open', 'reopen all'],
    ]);
  });
});
