import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { ConsolidatingStore } from '#consolidation/consolidating-store.js';
import { AgentError } from '#model/agent-error.js';
import { PROFILE_KINDS } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { openSqliteProfileStore, type SqliteProfileStore } from './sqlite-profile-store.ts';
import {
  anApplicationProfile,
  aProfile,
  aReport,
  inState,
  minuteMs,
} from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';

type Store = ProfileStore & ConsolidatingStore;

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

/** The memory store is the model; the real thing is SQLite's, which can also be opened anew. */
interface Model {
  readonly store: MemoryProfileStore;
}
interface Real {
  store: SqliteProfileStore;
  readonly reopen: () => SqliteProfileStore;
}

/** An operation that has to give the same answer on both stores. */
class Same implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #work: (store: Store) => Promise<unknown>;

  constructor(name: string, work: (store: Store) => Promise<unknown>) {
    this.#name = name;
    this.#work = work;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const expected = await answer(() => this.#work(model.store));
    assert.deepEqual(await answer(() => this.#work(real.store)), expected);
    assert.deepEqual(await everything(real.store), await everything(model.store));
    assert.deepEqual(real.store.counts(), model.store.counts());
  }

  toString(): string {
    return this.#name;
  }
}

class Reopen implements fc.AsyncCommand<Model, Real> {
  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    real.store.close();
    real.store = real.reopen();
    assert.deepEqual(await everything(real.store), await everything(model.store));
  }

  toString(): string {
    return 'reopen';
  }
}

async function answer(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch (reason) {
    return AgentError.from(reason).code;
  }
}

async function everything(store: Store): Promise<unknown> {
  const objects = [];
  for (const kind of PROFILE_KINDS) {
    const { items, resourceVersion } = await store.list(kind, { signal });
    objects.push(resourceVersion);
    for (const metadata of items) {
      objects.push([metadata, await store.get(kind, metadata, { signal })]);
    }
  }
  const pending = await store.pendingProfiles({ signal });
  return [objects, pending, await store.pendingProfiles({ signal, expiredBeforeMs: minuteMs(30) })];
}

const keys = fc.record({
  namespace: fc.constantFrom('shop', 'bank'),
  name: fc.constantFrom('web', 'db', 'web-1'),
});
const states = fc.constantFrom(
  'ready/partial',
  'ready/complete',
  'completed/partial',
  'completed/complete',
  'failed/complete',
  'too-large/partial',
);
const specs = fc
  .subarray(['read', 'write', 'open', 'close'])
  .map((syscalls) => ({ syscalls, opens: [{ path: '/etc/⋯/ünïcode' }] }));

const create = fc
  .record({ key: keys, state: states, spec: specs, isContainer: fc.boolean() })
  .map(({ key, state, spec, isContainer }) => {
    const metadata = { ...key, annotations: inState(state) };
    return isContainer
      ? new Same(`create ${key.namespace}/${key.name} ${state}`, (store) =>
          store.create(KIND, aProfile({ ...metadata, spec }), { signal }),
        )
      : new Same(`create application ${key.namespace}/${key.name}`, (store) =>
          store.create('ApplicationProfile', anApplicationProfile(metadata), { signal }),
        );
  });

const update = fc
  .record({
    key: keys,
    state: states,
    spec: specs,
    version: fc.constantFrom('none', 'read', 'stale'),
  })
  .map(
    ({ key, state, spec, version }) =>
      new Same(`update ${key.namespace}/${key.name} ${state} version ${version}`, async (store) => {
        const read = await store.get(KIND, key, { signal });
        const versions = { none: '', read: read?.metadata.resourceVersion ?? '1', stale: '0' };
        const metadata = { resourceVersion: versions[version], annotations: inState(state) };
        return store.update(KIND, aProfile({ ...key, ...metadata, spec }), { signal });
      }),
  );

const remove = keys.map(
  (key) =>
    new Same(`delete ${key.namespace}/${key.name}`, (store) => store.delete(KIND, key, { signal })),
);

const report = fc
  .record({
    key: keys,
    series: fc.constantFrom('one', 'two'),
    from: fc.constantFrom(0, 10, 20, 30),
    state: states,
    spec: specs,
  })
  .map(
    ({ key, series, from, state, spec }) =>
      new Same(`report ${key.namespace}/${key.name} ${series} ${from} ${state}`, (store) =>
        store.create(
          KIND,
          aReport([from, from + 10], {
            ...key,
            profile: key.name,
            series,
            state,
            spec,
            suffix: `${series}${from}`,
          }),
          { signal },
        ),
      ),
  );

const removeReport = fc
  .record({ key: keys, series: fc.constantFrom('one', 'two'), from: fc.constantFrom(0, 10, 20) })
  .map(({ key, series, from }) => {
    const name = `${key.name}-${series}${from}`;
    return new Same(`delete report ${name}`, (store) =>
      store.delete(KIND, { ...key, name }, { signal }),
    );
  });

const consolidate = fc
  .record({ key: keys, expiredBeforeMs: fc.constantFrom(undefined, minuteMs(15), minuteMs(100)) })
  .map(
    ({ key, expiredBeforeMs }) =>
      new Same(`consolidate ${key.namespace}/${key.name} ${expiredBeforeMs}`, (store) =>
        store.consolidateProfile(key, { signal, expiredBeforeMs }),
      ),
  );

const reopen = fc.constant(new Reopen());

describe('SqliteProfileStore', () => {
  it('answers every sequence of calls as the memory store does, also after it was closed', () =>
    withFolder(async (folder) => {
      let files = 0;
      const commands = fc.commands(
        [create, update, remove, report, report, removeReport, consolidate, consolidate, reopen],
        { maxCommands: 25 },
      );
      await fc.assert(
        fc.asyncProperty(commands, async (sequence) => {
          files += 1;
          const clock = new VirtualClock(1e12);
          const random = seededRandom(1);
          const path = `${folder}/${files}.db`;
          const reopenStore = () =>
            openSqliteProfileStore({ path, clock, random, log: silentLogger });
          const real: Real = { store: reopenStore(), reopen: reopenStore };
          try {
            const model = { store: new MemoryProfileStore({ clock, random: seededRandom(1) }) };
            await fc.asyncModelRun(() => ({ model, real }), sequence);
          } finally {
            real.store.close();
          }
        }),
        { numRuns: 60 },
      );
    }));
});
