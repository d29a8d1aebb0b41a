import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AgentError } from '#model/agent-error.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import type { KubernetesObject, ObjectStore, RowEvent, StoredKind } from './object-store.ts';
import { objectOf } from './object-text.ts';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { isClusterWide } from './stored-kinds.ts';
import { anObject, type OpenedObjectStore, RowReader } from './testing/object-rig.ts';

const KINDS = ['Rules', 'ApplicationProfile', 'CollapseConfiguration'] as const;
const NAMESPACES = ['shop', 'bank'] as const;
const { signal } = new AbortController();

type Objects = ReadonlyMap<string, KubernetesObject>;

/** What a store holds after each version, as simply as it can be said: a copy of everything. */
class Model {
  readonly #versions: Objects[] = [new Map()];

  get last(): number {
    return this.#versions.length - 1;
  }

  add(id: string, object: KubernetesObject | undefined): void {
    const next = new Map(this.#versions.at(-1));
    if (object === undefined) next.delete(id);
    else next.set(id, object);
    this.#versions.push(next);
  }

  at(
    version: number,
    kind: StoredKind,
    namespace: string | undefined,
  ): readonly KubernetesObject[] {
    return [...(this.#versions[version]?.values() ?? [])]
      .filter((object) => object.kind === kind)
      .filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace)
      .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  }
}

const writes = fc.record({
  kind: fc.constantFrom(...KINDS),
  namespace: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom('a', 'b', 'c'),
  what: fc.constantFrom('create', 'create', 'spec', 'labels', 'nothing', 'delete', 'dry run'),
  n: fc.nat(3),
});

type Write = typeof writes extends fc.Arbitrary<infer T> ? T : never;

/** Does one write, and tells the model what came of it. */
async function write(objects: ObjectStore, model: Model, { kind, what, n, ...about }: Write) {
  const namespace = isClusterWide(kind) ? '' : about.namespace;
  const object = anObject(kind, { namespace, name: about.name, spec: { n } });
  const id = idOf(object);
  try {
    if (what === 'delete') {
      await objects.delete(kind, object.metadata, { signal });
      model.add(id, undefined);
      return;
    }
    const row =
      what === 'create' || what === 'dry run'
        ? await objects.create(kind, object, { signal, dryRun: what === 'dry run' })
        : await objects.change(kind, object.metadata, (stored) => edited(stored(), what, n), {
            signal,
          });
    if (row.resourceVersion > model.last) model.add(id, objectOf(kind, row));
  } catch (reason) {
    const { code } = AgentError.from(reason);
    assert.ok(['conflict', 'not-found'].includes(code), code);
  }
}

function edited(stored: KubernetesObject, what: string, n: number): KubernetesObject {
  if (what === 'spec') return { ...stored, spec: { n } };
  if (what === 'nothing') return stored;
  return { ...stored, metadata: { ...stored.metadata, labels: { n: String(n) } } };
}

/** All objects of a kind at a version, read in pages of two. */
async function paged(
  objects: ObjectStore,
  kind: StoredKind,
  { atVersion, namespace }: { readonly atVersion: number; readonly namespace: string | undefined },
): Promise<readonly KubernetesObject[]> {
  const about = { signal, withBodies: true, limit: 2, atVersion, ...(namespace && { namespace }) };
  const found: KubernetesObject[] = [];
  for (;;) {
    const last = found.at(-1);
    const page = await objects.list(kind, { ...about, ...(last && { after: last.metadata }) });
    assert.equal(page.resourceVersion, atVersion);
    found.push(...page.rows.map((row) => objectOf(kind, row)));
    if (page.remaining === 0) return found;
  }
}

/** What a reader knows who lists at one version and follows the watch up to another. */
function replayed(
  listed: readonly KubernetesObject[],
  events: readonly RowEvent[],
  kind: StoredKind,
): readonly KubernetesObject[] {
  const known = new Map(listed.map((object) => [idOf(object), object]));
  for (const event of events) {
    if (event.type === 'bookmark') continue;
    const object = objectOf(kind, event.row);
    assert.equal(known.has(idOf(object)), event.type !== 'added', event.type);
    if (event.type === 'deleted') known.delete(idOf(object));
    else known.set(idOf(object), object);
  }
  return [...known.values()].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}

function upTo(events: readonly RowEvent[], version: number): readonly RowEvent[] {
  return events.filter(
    (event) => event.type !== 'bookmark' && event.row.resourceVersion <= version,
  );
}

function idOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}\u0000${metadata.namespace}\u0000${metadata.name}`;
}

async function check({ store, clock }: OpenedObjectStore, sequence: readonly Write[]) {
  const model = new Model();
  for (const each of sequence) await write(store.objects, model, each);
  for (const kind of KINDS) {
    for (const namespace of [undefined, ...(isClusterWide(kind) ? [] : NAMESPACES)]) {
      await checkSnapshots({ store, clock }, model, { kind, namespace });
    }
  }
}

async function checkSnapshots(
  { store, clock }: Omit<OpenedObjectStore, 'close'>,
  model: Model,
  { kind, namespace }: { readonly kind: StoredKind; readonly namespace: string | undefined },
) {
  const about = namespace === undefined ? {} : { namespace };
  const listed: (readonly KubernetesObject[])[] = [];
  for (let atVersion = 0; atVersion <= model.last; atVersion += 1) {
    listed.push(await paged(store.objects, kind, { atVersion, namespace }));
    assert.deepEqual(listed[atVersion], model.at(atVersion, kind, namespace), `at ${atVersion}`);
  }
  for (let after = 0; after <= model.last; after += 3) {
    const reader = new RowReader(store.objects, kind, { after, ...about });
    await clock.advance(0);
    reader.abort();
    for (let until = after; until <= model.last; until += 1) {
      const events = upTo(reader.events, until);
      assert.deepEqual(replayed(listed[after] ?? [], events, kind), listed[until]);
    }
  }
}

for (const [name, open] of [
  [
    'MemoryProfileStore',
    (clock: VirtualClock) => new MemoryProfileStore({ clock, random: seededRandom(1) }),
  ],
  [
    'SqliteProfileStore',
    (clock: VirtualClock) =>
      openSqliteProfileStore({
        path: ':memory:',
        clock,
        random: seededRandom(1),
        log: silentLogger,
      }),
  ],
] as const) {
  describe(`the history of a ${name}`, () => {
    it('has every version as it was, in pages, and the way from each to each', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(writes, { maxLength: 25 }), async (sequence) => {
          const clock = new VirtualClock(1e12);
          const store = open(clock);
          await check({ store, clock, close: async () => {} }, sequence);
          if ('close' in store) store.close();
        }),
        { numRuns: 60 },
      );
    });
  });
}
