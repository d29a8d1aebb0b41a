import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallLanes } from './call-lanes.ts';

describe('CallLanes', () => {
  it('lets so many in at a time, in the order of asking', async () => {
    const lanes = new CallLanes(2);
    const { signal } = new AbortController();
    const inside: string[] = [];
    const enter = (name: string) => lanes.enter(signal).then(() => inside.push(name));
    const all = Promise.all(['a', 'b', 'c', 'd'].map(enter));
    await Promise.resolve();
    await Promise.resolve();
    assert.deepEqual(inside, ['a', 'b']);
    for (let i = 0; i < 4; i += 1) lanes.leave();
    await all;
    assert.deepEqual(inside, ['a', 'b', 'c', 'd']);
    await lanes.enter(signal);
    await lanes.enter(signal);
  });

  it('gives no lane to who has given up', async () => {
    const lanes = new CallLanes(1);
    const [patient, gone] = [new AbortController(), new AbortController()];
    await lanes.enter(patient.signal);
    const given = assert.rejects(lanes.enter(gone.signal), { code: 'aborted' });
    const next = lanes.enter(patient.signal);
    gone.abort();
    await given;
    lanes.leave();
    await next;
    await assert.rejects(lanes.enter(AbortSignal.abort()), { code: 'aborted' });
  });
});
