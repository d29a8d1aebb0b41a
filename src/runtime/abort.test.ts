import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { unlessAborted, withBudget } from './abort.ts';
import { VirtualClock } from './virtual-clock.ts';

function budget(clock: VirtualClock, signal = new AbortController().signal) {
  return { clock, budgetMs: 100, signal, what: 'get web' };
}

describe('withBudget', () => {
  it('passes the result on and leaves no timer', async () => {
    const clock = new VirtualClock();
    assert.equal(await withBudget(budget(clock), async () => 7), 7);
    assert.equal(clock.pending, 0);
  });

  it('gives up on work that never settles, and tells it so', async () => {
    const clock = new VirtualClock();
    let told: AbortSignal | undefined;
    const call = withBudget(budget(clock), (signal) => {
      told = signal;
      return new Promise(() => {});
    });
    const failed = assert.rejects(call, {
      code: 'unavailable',
      message: /get web took longer than 100 ms/,
    });
    await clock.advance(100);
    await failed;
    assert.equal(told?.aborted, true);
  });

  it('rejects as aborted when its caller gives up first', async () => {
    const clock = new VirtualClock();
    const controller = new AbortController();
    const call = withBudget(budget(clock, controller.signal), () => new Promise(() => {}));
    controller.abort();
    await assert.rejects(call, { code: 'aborted' });
    assert.equal(clock.pending, 0);
  });

  it('does not start work for a caller that has given up', async () => {
    let started = false;
    const call = withBudget(budget(new VirtualClock(), AbortSignal.abort()), async () => {
      started = true;
    });
    await assert.rejects(call, { code: 'aborted' });
    assert.equal(started, false);
  });

  it('passes a failure on unchanged', async () => {
    const failure = new Error('no');
    await assert.rejects(
      withBudget(budget(new VirtualClock()), () => Promise.reject(failure)),
      failure,
    );
  });
});

describe('unlessAborted', () => {
  it('settles as the work does, and leaves no listener', async () => {
    const { signal } = new AbortController();
    assert.equal(await unlessAborted({ signal, what: 'work' }, Promise.resolve(7)), 7);
    const failing = Promise.reject(new AgentError('conflict', 'no'));
    await assert.rejects(unlessAborted({ signal, what: 'work' }, failing), { code: 'conflict' });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('does not wait for the work of who has given up, then or before', async () => {
    const never = new Promise<void>(() => {});
    const giving = new AbortController();
    const waiting = unlessAborted({ signal: giving.signal, what: 'work' }, never);
    giving.abort();
    await assert.rejects(waiting, { code: 'aborted', message: 'work was aborted' });
    await assert.rejects(unlessAborted({ signal: giving.signal, what: 'work' }, never), {
      code: 'aborted',
    });
  });
});
