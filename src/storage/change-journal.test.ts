import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProfileKind } from '#model/profile.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { LocalProfileStore } from './local-profile-store.ts';
import { MemoryTables } from './memory-tables.ts';
import type { ChangeQuery } from './object-tables.ts';
import { anApplicationProfile, aProfile } from './testing/sample-profiles.ts';
import { WatchReader } from './testing/watch-reader.ts';

const KIND = 'ContainerProfile';
const { signal } = new AbortController();

/** Tables that count how often watches look, and that somebody else may have written to. */
class WatchedTables extends MemoryTables {
  readonly looks: string[] = [];
  foreign: number | undefined = undefined;
  isBroken = false;

  constructor() {
    super();
    const changes = this.objects.changes.bind(this.objects);
    this.objects.changes = (query: ChangeQuery) => {
      this.looks.push(`${query.kind} ${query.namespace}`);
      return changes(query);
    };
  }

  override foreignWrites(): undefined {
    if (this.isBroken) throw new Error('cannot be read');
    // The memory tables know of nobody else; these play a file.
    return this.foreign as undefined;
  }
}

function setUp(foreign?: number) {
  const clock = new VirtualClock();
  const tables = new WatchedTables();
  tables.foreign = foreign;
  const store = new LocalProfileStore(tables, { clock, random: seededRandom(1) });
  const watch = (namespace: string, kind: ProfileKind = KIND) =>
    new WatchReader(store, kind, { resourceVersion: '', namespace });
  /** Who looked since the last time this was asked. */
  const looked = async (afterMs = 0) => {
    await clock.advance(afterMs);
    return [...new Set(tables.looks.splice(0))].sort();
  };
  return { clock, looked, store, tables, watch };
}

describe('watches that wait', () => {
  it('look only when something of their kind and namespace was written', async () => {
    const { looked, store, watch } = setUp();
    const readers = [watch('shop'), watch('bank'), watch('shop', 'ApplicationProfile')];
    assert.equal((await looked()).length, 3);
    await store.create(KIND, aProfile({ namespace: 'shop' }), { signal });
    assert.deepEqual(await looked(), ['ContainerProfile shop']);
    await store.create('ApplicationProfile', anApplicationProfile(), { signal });
    assert.deepEqual(await looked(), ['ApplicationProfile shop']);
    await assert.rejects(store.create(KIND, aProfile({ namespace: 'shop' }), { signal }));
    await store.get(KIND, { namespace: 'shop', name: 'web' }, { signal });
    assert.deepEqual(await looked(), []);
    for (const reader of readers) reader.abort();
  });

  it('look when somebody else has written, and ask for that once a second', async () => {
    const { clock, looked, tables, watch } = setUp(1);
    const readers = [watch('shop'), watch('bank')];
    assert.equal((await looked()).length, 2);
    assert.deepEqual(await looked(10_000), []);
    tables.foreign = 2;
    assert.deepEqual(await looked(999), []);
    assert.deepEqual(await looked(1), ['ContainerProfile bank', 'ContainerProfile shop']);
    assert.deepEqual(await looked(10_000), []);
    for (const reader of readers) reader.abort();
    await clock.advance(0);
    assert.equal(clock.pending, 0);
  });

  it('ask nothing where nobody else can write', async () => {
    const { clock, looked, watch } = setUp();
    const reader = watch('shop');
    await looked();
    assert.equal(clock.pending, 1, 'for the bookmark');
    reader.abort();
  });

  it('end when nobody can say whether somebody else has written', async () => {
    const { clock, looked, tables, watch } = setUp(1);
    const reader = watch('shop');
    await looked();
    tables.isBroken = true;
    await clock.advance(1_000);
    assert.equal(reader.end, 'internal');
    assert.equal(clock.pending, 0);
  });
});

describe('writes', () => {
  it('that fail half-way are told to nobody', async () => {
    const { clock, store, watch } = setUp();
    const reader = watch('shop');
    await clock.advance(0);
    const unwritable = { ...aProfile(), spec: { syscalls: [1n as unknown as string] } };
    const call = store.create(KIND, unwritable, { signal });
    await assert.rejects(call, { code: 'internal' });
    await store.create(KIND, aProfile(), { signal });
    await clock.advance(0);
    assert.deepEqual(reader.changes, ['added shop/web']);
    reader.abort();
  });
});
