import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AgentError } from '#model/agent-error.js';
import { type ApplicationProfile, PROFILE_API_VERSION } from '#model/profile.js';
import type { WatchEvent } from '#model/profile-store.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ScriptedProfileStore } from './scripted-profile-store.ts';

const NAMESPACE = 'shop';
const KIND = 'ApplicationProfile';
const KEY = { namespace: NAMESPACE, name: 'one' };

describe('ScriptedProfileStore, asked for one object', () => {
  it('answers with what was stored when the call was made', async () => {
    const { store, clock, signal } = aStore();
    store.put(aProfile('one'));
    store.behave(KIND, KEY, { delayMs: 1_000 });
    const slow = store.get(KIND, KEY, { signal });
    store.put(aProfile('one'));
    await clock.advance(1_000);
    assert.equal((await slow)?.metadata.resourceVersion, '1');
  });

  it('fails with the code and the wish that were scripted', async () => {
    const { store, clock, signal } = aStore();
    store.behave(KIND, KEY, { fail: 'unavailable', retryAfterMs: 7_000 });
    const call = assert.rejects(store.get(KIND, KEY, { signal }), {
      code: 'unavailable',
      retryAfterMs: 7_000,
    });
    await clock.advance(0);
    await call;
  });

  it('answers a caller that gave up only when it is deaf, and counts neither as waiting', async () => {
    const { store, clock } = aStore();
    store.put(aProfile('one'));
    const [listened, deaf] = [new AbortController(), new AbortController()];
    store.behave(KIND, KEY, { delayMs: 1_000 });
    const first = store.get(KIND, KEY, listened);
    listened.abort();
    await assert.rejects(first, { code: 'aborted' });
    store.behave(KIND, KEY, { delayMs: 1_000, isDeaf: true });
    const second = store.get(KIND, KEY, deaf);
    deaf.abort();
    assert.equal(store.underWay, 0);
    assert.equal(store.mostUnderWay, 1);
    await clock.advance(1_000);
    assert.equal((await second)?.metadata.name, 'one');
    assert.equal(store.pendingTimers, 0);
  });

  it('lets answers go in any order when they are held', async () => {
    const { store, signal } = aStore();
    store.behave(KIND, KEY, { isHeld: true });
    const order: string[] = [];
    const calls = ['first', 'second'].map((name) =>
      store.get(KIND, KEY, { signal }).then(() => order.push(name)),
    );
    assert.equal(store.mostUnderWay, 2);
    store.release(1);
    await calls[1];
    store.release(1);
    await calls[0];
    assert.deepEqual(order, ['second', 'first']);
    assert.equal(store.heldCount, 0);
  });

  it('hands out nothing that can be changed', async () => {
    const { store, clock, signal } = aStore();
    store.put(aProfile('one'));
    const found = (await answer(clock, store.get(KIND, KEY, { signal }))) as unknown as {
      spec: { containers: { name: string }[] };
    };
    assert.throws(() => found.spec.containers.push({ name: 'x' }), TypeError);
  });
});

describe('ScriptedProfileStore, listed and watched', () => {
  it('tells what happened since the list, each change once and in order', async () => {
    const { store, clock, signal } = aStore();
    store.put(aProfile('one'));
    const { resourceVersion, items } = await answer(clock, store.list(KIND, { signal, ...KEY }));
    assert.deepEqual([resourceVersion, items.map(({ name }) => name)], ['1', ['one']]);
    store.put(aProfile('one'));
    const told = tell(store, { resourceVersion, signal });
    store.remove(KIND, KEY);
    store.put(aProfile('two'));
    await clock.advance(0);
    assert.deepEqual(told.events, ['modified one 2', 'deleted one 3', 'added two 4']);
  });

  it('keeps the order when events become faster on their way', async () => {
    const { store, clock, signal } = aStore();
    store.behaveWatch(KIND, NAMESPACE, { delayMs: 5_000 });
    const told = tell(store, { resourceVersion: '0', signal });
    store.put(aProfile('one'));
    for (const watch of store.watches()) watch.delayMs = 0;
    store.put(aProfile('one'));
    await clock.advance(4_999);
    assert.deepEqual(told.events, []);
    await clock.advance(1);
    assert.deepEqual(told.events, ['added one 1', 'modified one 2']);
  });

  it('shows that a watch is alive every 30 s, unless it is silent', async () => {
    const { store, clock, signal } = aStore();
    store.put(aProfile('one'));
    const told = tell(store, { resourceVersion: '1', signal });
    await clock.advance(60_000);
    for (const watch of store.watches()) watch.silence();
    await clock.advance(60_000);
    assert.deepEqual(told.events, ['bookmark 1', 'bookmark 1']);
  });

  it('ends a watch in each of the ways in which watches end, and leaves no timer', async () => {
    const ways = {
      unavailable: (store: ScriptedProfileStore) => store.watches()[0]?.cut(),
      expired: (store: ScriptedProfileStore) => store.watches()[0]?.expire(),
      end: (store: ScriptedProfileStore) => store.watches()[0]?.end(),
    };
    for (const [end, act] of Object.entries(ways)) {
      const { store, clock, signal } = aStore();
      const told = tell(store, { resourceVersion: '0', signal });
      act(store);
      await clock.advance(0);
      assert.deepEqual(told.events, [end]);
      assert.deepEqual(
        [store.watches().length, clock.pending, store.tallies.watch.underWay],
        [0, 0, 0],
      );
    }
  });

  it('ends with `aborted` when the caller gives up, and opens none for one who has', async () => {
    const { store, clock } = aStore();
    const { signal, abort } = controller();
    const told = tell(store, { resourceVersion: '0', signal });
    abort();
    const late = tell(store, { resourceVersion: '0', signal });
    await clock.advance(0);
    assert.deepEqual([told.events, late.events], [['aborted'], ['aborted']]);
    assert.deepEqual(
      [clock.pending, store.tallies.watch.underWay, store.watches().length],
      [0, 0, 0],
    );
  });

  it('forgets: a watch from before is expired, one from the last version is not', async () => {
    const { store, clock, signal } = aStore();
    store.put(aProfile('one'));
    store.forgetHistory();
    const before = tell(store, { resourceVersion: '0', signal });
    const since = tell(store, { resourceVersion: '1', signal });
    const never = tell(store, { resourceVersion: '2', signal });
    store.put(aProfile('one'));
    await clock.advance(0);
    assert.deepEqual([before.events, since.events], [['expired'], ['modified one 2']]);
    assert.deepEqual(never.events, ['expired']);
  });

  it('keeps kinds and namespaces apart', async () => {
    const { store, clock, signal } = aStore();
    const elsewhere = tell(store, { resourceVersion: '0', signal, namespace: 'bank' });
    const here = tell(store, { resourceVersion: '0', signal });
    store.put(aProfile('one'));
    store.put({ ...aProfile('one'), kind: 'NetworkNeighborhood' });
    await clock.advance(0);
    assert.deepEqual([elsewhere.events, here.events], [[], ['added one 1']]);
    assert.equal(store.tallies.watch.most, 1);
  });

  it('forbids lists and watches as a server without them', async () => {
    const { store, clock, signal } = aStore();
    store.mode = 'no-feeds';
    const list = assert.rejects(store.list(KIND, { signal, ...KEY }), { code: 'invalid' });
    const told = tell(store, { resourceVersion: '0', signal });
    await clock.advance(0);
    await list;
    assert.deepEqual(told.events, ['invalid']);
  });

  it('lists without a version and watches without a word as the public storage', async () => {
    const { store, clock, signal } = aStore();
    store.mode = 'public';
    const { resourceVersion } = await answer(clock, store.list(KIND, { signal, ...KEY }));
    const told = tell(store, { resourceVersion, signal });
    store.put(aProfile('one'));
    await clock.advance(3_600_000);
    assert.deepEqual([resourceVersion, told.events, store.watches().length], ['', [], 1]);
  });
});

function aProfile(name: string): ApplicationProfile {
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: KIND,
    metadata: { name, namespace: NAMESPACE },
    spec: { containers: [{ name: 'web', execs: [{ path: `/bin/${name}` }] }] },
  };
}

function aStore() {
  const clock = new VirtualClock();
  return { clock, store: new ScriptedProfileStore(clock), signal: new AbortController().signal };
}

function controller() {
  const own = new AbortController();
  return { signal: own.signal, abort: () => own.abort() };
}

async function answer<T>(clock: VirtualClock, call: Promise<T>): Promise<T> {
  await clock.advance(0);
  return call;
}

/** Watches, and keeps what is told as text; the end as `end` or the code of the error. */
function tell(
  store: ScriptedProfileStore,
  {
    namespace = NAMESPACE,
    ...options
  }: {
    readonly resourceVersion: string;
    readonly signal: AbortSignal;
    readonly namespace?: string;
  },
): { readonly events: readonly string[] } {
  const events: string[] = [];
  const run = async () => {
    try {
      for await (const event of store.watch(KIND, { ...options, namespace }))
        events.push(textOf(event));
      events.push('end');
    } catch (reason) {
      events.push(AgentError.from(reason).code);
    }
  };
  void run();
  return { events };
}

function textOf(event: WatchEvent): string {
  if (event.type === 'bookmark') return `bookmark ${event.resourceVersion}`;
  return `${event.type} ${event.metadata.name} ${event.metadata.resourceVersion}`;
}
