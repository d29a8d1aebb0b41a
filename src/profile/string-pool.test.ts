import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { GroupPool } from './group-pool.ts';
import { StringPool } from './string-pool.ts';

/** Paths that share directories, and whatever else a text may hold. */
const text = fc.oneof(
  fc
    .array(fc.constantFrom('usr', 'lib', 'x86_64', '⋯', 'é', ''), { maxLength: 6 })
    .map((parts) => parts.join('/')),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('\ud800', '/\udc00/', '\0', 'ÿ', 'Ā', '/'.repeat(300), 'directory/'.repeat(60)),
);
const steps = fc.array(fc.record({ text, isRelease: fc.boolean() }), { maxLength: 120 });

/** A pool, and which text has which number and how many users. */
class TrackedPool {
  readonly pool: StringPool;
  readonly users = new Map<string, { readonly id: number; count: number }>();

  constructor(pool: StringPool) {
    this.pool = pool;
  }

  acquire(item: string): void {
    const id = this.pool.acquire(item);
    const known = this.users.get(item);
    assert.equal(id, known?.id ?? id);
    this.users.set(item, { id, count: (known?.count ?? 0) + 1 });
  }

  release(item: string): void {
    const known = this.users.get(item);
    if (known === undefined) return;
    this.pool.release(known.id);
    known.count -= 1;
    if (known.count === 0) this.users.delete(item);
  }

  releaseAll(): void {
    for (const [item, { count }] of this.users) {
      for (let i = 0; i < count; i += 1) this.release(item);
    }
  }

  check(): void {
    for (const [item, { id }] of this.users) {
      assert.equal(this.pool.idOf(item), id);
      assert.equal(this.pool.idOfRange(`ab${item}c`, 2, 2 + item.length), id);
      assert.equal(this.pool.textOf(id), item);
    }
    assert.equal(new Set([...this.users.values()].map(({ id }) => id)).size, this.users.size);
  }
}

describe('StringPool', () => {
  it('refuses to release what nobody holds, instead of looking for it for ever', () => {
    const pool = new StringPool(1, true);
    const [one, other] = [pool.acquire('/usr/lib/one'), pool.acquire('/usr/lib/other')];
    pool.release(one);
    assert.throws(() => pool.release(one), { code: 'internal' });
    assert.equal(pool.textOf(other), '/usr/lib/other');
    pool.release(other);
    assert.throws(() => pool.release(other), { code: 'internal' });
  });

  for (const isOfPaths of [true, false]) {
    it(`gives each text one number and gives it back unchanged (of paths: ${isOfPaths})`, () => {
      fc.assert(
        fc.property(steps, fc.integer(), (all, seed) => {
          const tracked = new TrackedPool(new StringPool(seed, isOfPaths));
          for (const step of all) {
            if (step.isRelease) tracked.release(step.text);
            else tracked.acquire(step.text);
            tracked.check();
          }
          tracked.releaseAll();
          assert.deepEqual([tracked.pool.size, tracked.pool.sizeBytes], [0, 0]);
        }),
        { numRuns: 150 },
      );
    });
  }

  it('knows thousands of texts, and none that was not given, also after most have left', () => {
    const pool = new StringPool(3, true);
    const path = (i: number) => `/usr/lib/package-${i % 97}/file-${i}.so`;
    const ids = Array.from({ length: 20_000 }, (_, i) => pool.acquire(path(i)));
    for (const [i, id] of ids.entries()) if (i % 10 !== 0) pool.release(id);
    const before = pool.sizeBytes;
    for (let i = 0; i < ids.length; i += 1) {
      assert.equal(pool.idOf(path(i)), i % 10 === 0 ? ids[i] : -1);
    }
    for (let i = 0; i < ids.length; i += 10) assert.equal(pool.textOf(ids[i] ?? 0), path(i));
    for (let i = 20_000; i < 38_000; i += 1) pool.acquire(path(i));
    assert.ok(pool.sizeBytes <= before * 1.5, 'what was given back is used again');
  });

  it('holds directories once', () => {
    const flat = new StringPool(1, false);
    const ofPaths = new StringPool(1, true);
    for (let i = 0; i < 5_000; i += 1) {
      const path = `/usr/share/some/long/directory/of/many/files/${i}.conf`;
      flat.acquire(path);
      ofPaths.acquire(path);
    }
    assert.ok(
      ofPaths.sizeBytes < 0.6 * flat.sizeBytes,
      `${ofPaths.sizeBytes} of ${flat.sizeBytes}`,
    );
  });

  it('takes a text with very many slashes', () => {
    const pool = new StringPool(1, true);
    const long = '/some'.repeat(100_000);
    const id = pool.acquire(long);
    assert.equal(pool.textOf(id), long);
    pool.release(id);
    assert.equal(pool.size, 0);
  });
});

describe('GroupPool', () => {
  const lists = fc.array(fc.array(text, { maxLength: 4 }), { maxLength: 4 });

  it('gives equal groups one number, gives them back unchanged, and lets go of their texts', () => {
    fc.assert(
      fc.property(fc.array(lists, { maxLength: 12 }), (groups) => {
        const strings = new StringPool(5, true);
        const pool = new GroupPool(strings, 5);
        const ids = groups.map((group) => pool.acquire(group));
        for (const [i, group] of groups.entries()) {
          assert.deepEqual(pool.listsOf(ids[i] ?? -1), group);
          const first = groups.findIndex(
            (other) => JSON.stringify(other) === JSON.stringify(group),
          );
          if (isWellFormed(group)) assert.equal(ids[i], ids[first]);
        }
        for (const id of ids) pool.acquireAgain(id);
        for (const id of [...ids, ...ids.reverse()]) pool.release(id);
        assert.deepEqual([pool.size, pool.sizeBytes, strings.size], [0, 0, 0]);
      }),
      { numRuns: 300 },
    );
  });

  it('takes a group of many thousand texts', () => {
    const strings = new StringPool(5, true);
    const pool = new GroupPool(strings, 5);
    const group = Array.from({ length: 3_000 }, (_, i) => [`--id=${i}`, 'x', '⋯']);
    assert.deepEqual(pool.listsOf(pool.acquire(group)), group);
  });
});

/** JSON.stringify writes lone surrogates as escapes, so that equal texts stay equal there too. */
function isWellFormed(group: readonly (readonly string[])[]): boolean {
  return group.flat().every((item) => item.isWellFormed());
}
