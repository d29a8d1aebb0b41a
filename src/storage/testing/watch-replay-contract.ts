import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import type { ProfileKind } from '#model/profile.js';
import type { ObjectKey, WatchEvent } from '#model/profile-store.js';
import { ListReplica } from './list-replica.ts';
import { anApplicationProfile, aProfile, aReport, inState } from './sample-profiles.ts';
import type { OpenWatchedStore, WatchedStore } from './watch-driver.ts';
import { WatchReader } from './watch-reader.ts';

const KIND = 'ContainerProfile';
const RUNS = 150;
const { signal } = new AbortController();

/** Lists once, follows the watch as it is told to, and goes on from the last version after each cut. */
class Follower {
  relists = 0;
  readonly #store: WatchedStore;
  readonly #kind: ProfileKind;
  readonly #about: { readonly namespace?: string };
  #replica: ListReplica | undefined;
  #controller = new AbortController();
  #events: AsyncIterator<WatchEvent> | undefined;
  #next: Promise<IteratorResult<WatchEvent, unknown>> | undefined;

  constructor(store: WatchedStore, kind: ProfileKind, namespace: string | undefined) {
    this.#store = store;
    this.#kind = kind;
    this.#about = namespace === undefined ? {} : { namespace };
  }

  /** Takes up to `count` events, as far as there are any. */
  async read(count: number): Promise<void> {
    for (let taken = 0; taken < count; taken += 1) {
      const replica = await this.#listed();
      this.#next ??= this.#iterator(replica).next();
      const told = await Promise.race([this.#next.catch(AgentError.from), this.#settled()]);
      if (told === undefined) return;
      this.#next = undefined;
      if (told instanceof AgentError) this.#relist(told);
      else if (!told.done) replica.apply(told.value);
    }
  }

  /** Drops the watch, one way or the other, with what it may have told and nobody read. */
  async cut(how: 'return' | 'abort'): Promise<void> {
    const unread = this.#next?.catch(() => {});
    if (how === 'abort') this.#controller.abort();
    else await this.#events?.return?.();
    await unread;
    this.#events = undefined;
    this.#next = undefined;
    this.#controller = new AbortController();
  }

  /** Reads all there is; then this and the store must say the same. */
  async assertSame(): Promise<void> {
    await this.read(Number.POSITIVE_INFINITY);
    const { items, resourceVersion } = await this.#list();
    assert.deepEqual(this.#replica?.items, items);
    assert.ok(Number(this.#replica?.version) <= Number(resourceVersion), 'a version of the future');
    await this.cut('return');
  }

  #iterator({ version }: ListReplica): AsyncIterator<WatchEvent> {
    const options = { ...this.#about, resourceVersion: version, signal: this.#controller.signal };
    this.#events ??= this.#store.store.watch(this.#kind, options)[Symbol.asyncIterator]();
    return this.#events;
  }

  #relist({ code, message }: AgentError): void {
    assert.equal(code, 'expired', message);
    this.relists += 1;
    this.#replica = undefined;
    this.#events = undefined;
  }

  async #listed(): Promise<ListReplica> {
    this.#replica ??= new ListReplica(await this.#list());
    return this.#replica;
  }

  #list() {
    return this.#store.store.list(this.#kind, { ...this.#about, signal });
  }

  async #settled(): Promise<undefined> {
    await this.#store.clock.advance(0);
  }
}

const keys = fc.record({
  namespace: fc.constantFrom('shop', 'bank'),
  name: fc.constantFrom('web', 'db'),
});
const writes = fc.record({
  step: fc.constant('write' as const),
  what: fc.constantFrom('create', 'update', 'finish', 'delete', 'report', 'merge', 'overlay'),
  key: keys,
  from: fc.constantFrom(0, 10, 20),
});
const reads = fc.record({
  step: fc.constant('read' as const),
  who: fc.nat(3),
  count: fc.constantFrom(1, 2, 50),
});
const cuts = fc.record({
  step: fc.constant('cut' as const),
  who: fc.nat(3),
  how: fc.constantFrom('return' as const, 'abort' as const),
});
const waits = fc.record({
  step: fc.constant('wait' as const),
  ms: fc.constantFrom(1_000, 30_000),
});
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: writes },
    { weight: 3, arbitrary: reads },
    { weight: 2, arbitrary: cuts },
    { weight: 1, arbitrary: waits },
  ),
  { maxLength: 60 },
);

type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];
type Write = Extract<Step, { readonly step: 'write' }>;

/** What the store refuses is refused, and nobody may hear of it. */
async function write(rig: WatchedStore, { what, key, from }: Write): Promise<void> {
  await writing(rig, what, { ...key, from }).catch((reason: unknown) => {
    const { code } = AgentError.from(reason);
    assert.ok(['conflict', 'not-found', 'completed', 'too-large'].includes(code), code);
  });
}

function writing(
  { store, consolidate }: WatchedStore,
  what: Write['what'],
  { from, ...key }: ObjectKey & { readonly from: number },
): Promise<unknown> {
  const labels = { from: String(from) };
  const finished = aProfile({ ...key, labels, annotations: inState('completed/complete') });
  switch (what) {
    case 'create':
      return store.create(KIND, aProfile({ ...key, labels }), { signal });
    case 'update':
      return store.update(KIND, aProfile({ ...key, labels }), { signal });
    case 'finish':
      return store.update(KIND, finished, { signal });
    case 'delete':
      return store.delete(KIND, key, { signal });
    case 'overlay':
      return store.create('ApplicationProfile', anApplicationProfile(key), { signal });
    case 'report': {
      const report = aReport([from, from + 10], { ...key, profile: key.name });
      return store.create(KIND, report, { signal });
    }
    default:
      return consolidate?.(key) ?? Promise.resolve();
  }
}

/** Does the steps; gives how often somebody had to list anew. */
async function replay(rig: WatchedStore, sequence: readonly Step[]): Promise<number> {
  const followers = [undefined, 'shop', 'bank']
    .map((namespace) => new Follower(rig, KIND, namespace))
    .concat(new Follower(rig, 'ApplicationProfile', undefined));
  for (const follower of followers) await follower.read(1);
  for (const step of sequence) {
    if (step.step === 'write') await write(rig, step);
    else if (step.step === 'read') await followers[step.who]?.read(step.count);
    else if (step.step === 'cut') await followers[step.who]?.cut(step.how);
    else await rig.clock.advance(step.ms);
  }
  for (const follower of followers) await follower.assertSame();
  return followers.reduce((sum, follower) => sum + follower.relists, 0);
}

/**
 * Whatever is written, and however often the watch is cut: what is told, on top of the list, is what
 * the store holds; nothing is missing and nothing comes twice.
 */
export function describeWatchReplayContract(name: string, open: OpenWatchedStore): void {
  const check = (historyChanges: number, judge: (relists: number) => void) =>
    fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const rig = await open({ historyChanges });
        try {
          judge(await replay(rig, sequence));
          assert.equal(rig.clock.pending, 0, 'timers');
        } finally {
          await rig.close();
        }
      }),
      { numRuns: RUNS },
    );

  describe(`list and watch: ${name}`, () => {
    it('tell the same in the end, over any cuts', () =>
      check(1_000, (relists) => assert.equal(relists, 0)));

    it('tell a history of many pages in order, and then that it is all', async () => {
      const rig = await open({ historyChanges: 2_000 });
      const versions: string[] = [];
      for (let at = 0; at < 700; at += 1) {
        const { metadata } = await rig.store.create(KIND, aProfile({ name: `n${at}` }), { signal });
        versions.push(metadata.resourceVersion ?? '');
        const overlay = anApplicationProfile({ name: `n${at}` });
        await rig.store.create('ApplicationProfile', overlay, { signal });
      }
      const reader = new WatchReader(rig.store, KIND, { resourceVersion: '0' });
      await rig.clock.advance(0);
      const { resourceVersion } = await rig.store.list(KIND, { signal });
      assert.deepEqual(reader.versions, [...versions, resourceVersion]);
      reader.abort();
      await rig.close();
    });

    it('tell the same in the end, over a history that is too short', async () => {
      let total = 0;
      await check(3, (relists) => {
        total += relists;
      });
      assert.ok(total > 0, 'nobody ever came too late');
    });
  });
}
