import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from '#storage/memory-profile-store.js';
import type { OpenedStore } from './opened-store.ts';
import { UndecidedStore } from './undecided-store.ts';
import type { Merger } from './who-merges.ts';

const AWAY = new AgentError('unavailable', 'nobody is there');

function aStore(answers: readonly (Merger | AgentError)[]) {
  const clock = new VirtualClock();
  const random = seededRandom(1);
  const told: string[] = [];
  const left = [...answers];
  const opened: OpenedStore = {
    profiles: new MemoryProfileStore({ clock, random }),
    nudge: () => told.push('nudge'),
    run: async () => void told.push('run'),
    finish: async () => void told.push('finish'),
    close: async () => void told.push('close'),
  };
  const store = new UndecidedStore({
    ...{ clock, random, log: silentLogger, first: AWAY },
    ask: async () => {
      told.push('ask');
      const answer = left.shift() ?? AWAY;
      if (answer instanceof AgentError) throw answer;
      return answer;
    },
    open: (merger) => {
      told.push(merger);
      return opened;
    },
    close: () => told.push('let go'),
  });
  const stop = new AbortController();
  return { clock, store, told, stop, signal: stop.signal };
}

describe('UndecidedStore', () => {
  it('refuses every call with the reason, watches too, until somebody answers', async () => {
    const { clock, store, signal } = aStore([AWAY, 'lease']);
    const { profiles } = store;
    const key = { namespace: 'shop', name: 'web' };
    const watch = () =>
      profiles
        .watch('ContainerProfile', { signal, resourceVersion: '' })
        [Symbol.asyncIterator]()
        .next();
    await assert.rejects(profiles.get('ContainerProfile', key, { signal }), AWAY);
    await assert.rejects(profiles.list('ContainerProfile', { signal }), AWAY);
    await assert.rejects(watch(), AWAY);
    const running = store.run({ signal });
    await clock.advance(10_000);
    await running;
    assert.deepEqual((await profiles.list('ContainerProfile', { signal })).items, []);
    assert.equal(await profiles.get('ContainerProfile', key, { signal }), undefined);
  });

  it('is the store that fits, once that is known', async () => {
    const { clock, store, told, signal } = aStore([AWAY, AWAY, 'lease']);
    store.nudge();
    const running = store.run({ signal });
    await clock.advance(10_000);
    await running;
    store.nudge();
    await store.finish();
    await store.close();
    assert.deepEqual(told, [
      ...['ask', 'ask', 'ask', 'lease'],
      ...['run', 'nudge', 'finish', 'close'],
    ]);
  });

  it('asks ever more rarely, and not sooner than it was asked to', async () => {
    const busy = new AgentError('unavailable', 'too many requests', { retryAfterMs: 120_000 });
    const { clock, store, told, stop, signal } = aStore([busy]);
    const running = store.run({ signal });
    await clock.advance(1_000);
    assert.equal(told.length, 1);
    await clock.advance(118_000);
    assert.equal(told.length, 1);
    await clock.advance(3_600_000);
    assert.ok(told.length > 100 && told.length < 300, `${told.length} questions in an hour`);
    stop.abort();
    await running;
    assert.equal(clock.pending, 0);
  });

  it('lets go of its connection when it ends undecided', async () => {
    const { store, told, stop, signal } = aStore([]);
    const running = store.run({ signal });
    stop.abort();
    await running;
    await store.finish();
    await store.close();
    assert.deepEqual(told, ['let go']);
  });

  it('gives up at what asking again cannot mend', async () => {
    const wrong = new AgentError('invalid', 'kubeconfig: users[0].token: expected text');
    const { clock, store, signal } = aStore([wrong]);
    const rejected = assert.rejects(store.run({ signal }), wrong);
    await clock.advance(2_000);
    await rejected;
  });
});
