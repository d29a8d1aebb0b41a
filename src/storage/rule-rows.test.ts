import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ruleSourceContract } from '#kube/testing/rule-source-contract.js';
import { AgentError } from '#model/agent-error.js';
import type { RuleKind } from '#model/rule-objects.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import type { KubernetesObject, ObjectStore } from './object-store.ts';
import { StoredRules } from './rule-rows.ts';
import { isClusterWide } from './stored-kinds.ts';

const { signal } = new AbortController();

/** A store whose watches can be cut, with rules that are read from it. */
function openRows({ historyChanges = 100 }: { readonly historyChanges?: number } = {}) {
  const clock = new VirtualClock(1_000);
  const parts = { clock, random: seededRandom(1), log: silentLogger };
  const { objects } = new MemoryProfileStore({ ...parts, historyChanges });
  let cut = new AbortController();
  const failing = { list: 0 };
  const cuttable: Pick<ObjectStore, 'list' | 'watchRows'> = {
    list: async (kind, query) => {
      if (failing.list > 0) {
        failing.list -= 1;
        throw new AgentError('internal', 'the file is damaged');
      }
      return objects.list(kind, query);
    },
    watchRows: (kind, options) =>
      objects.watchRows(kind, {
        ...options,
        signal: AbortSignal.any([options.signal, cut.signal]),
      }),
  };
  return {
    ...{ clock, objects, failing },
    source: new StoredRules({ ...parts, objects: cuttable }),
    cut: () => {
      cut.abort();
      cut = new AbortController();
    },
  };
}

function anObject(kind: RuleKind, name: string, spec: object): KubernetesObject {
  const namespace = isClusterWide(kind) ? '' : 'shop';
  return { apiVersion: 'kubescape.io/v1', kind, metadata: { name, namespace }, spec };
}

async function put(objects: ObjectStore, object: KubernetesObject): Promise<void> {
  const { kind, metadata } = object;
  try {
    await objects.create(kind as RuleKind, object, { signal });
  } catch {
    const change = (stored: () => KubernetesObject) => ({ ...stored(), spec: object['spec'] });
    await objects.change(kind as RuleKind, metadata, change, { signal });
  }
}

ruleSourceContract('a local store', async () => {
  const { clock, objects, source, cut } = openRows();
  return {
    source,
    put: (kind, name, spec) => put(objects, anObject(kind, name, spec)),
    remove: async (kind, name) => {
      await objects.delete(kind, anObject(kind, name, {}).metadata, { signal });
    },
    settle: () => clock.advance(31_000),
    interrupt: async () => {
      cut();
      await clock.advance(0);
    },
    close: async () => assert.equal(clock.pending, 0),
  };
});

describe('rules in a local store', () => {
  it('are listed anew when the changes since the last look are forgotten', async () => {
    const { clock, objects, source, cut } = openRows({ historyChanges: 2 });
    const ending = new AbortController();
    let calls = 0;
    const running = source.watch({ signal: ending.signal, onChange: () => (calls += 1) });
    await clock.advance(0);
    cut();
    for (const name of ['a', 'b', 'c', 'd']) await put(objects, anObject('Rules', name, {}));
    const before = calls;
    await clock.advance(31_000);
    assert.ok(calls > before);
    ending.abort();
    await running;
  });

  it('are unavailable when the store cannot be read, and followed when it can again', async () => {
    const { clock, source, failing } = openRows();
    failing.list = 3;
    await assert.rejects(source.read({ signal }), { code: 'unavailable', message: /damaged/ });
    const ending = new AbortController();
    let calls = 0;
    const running = source.watch({ signal: ending.signal, onChange: () => (calls += 1) });
    await clock.advance(0);
    assert.equal(calls, 0);
    await clock.advance(1_000);
    assert.equal(calls, 2);
    ending.abort();
    await running;
    assert.equal(clock.pending, 0);
  });

  it('do not ask a store that ends its watches at once all the time', async () => {
    const { clock, objects } = openRows();
    let watches = 0;
    const ended: Pick<ObjectStore, 'list' | 'watchRows'> = {
      list: (kind, query) => objects.list(kind, query),
      watchRows: () => {
        watches += 1;
        return (async function* () {
          yield* [];
        })();
      },
    };
    const parts = { clock, random: seededRandom(1), log: silentLogger };
    const ending = new AbortController();
    const running = new StoredRules({ ...parts, objects: ended }).watch({
      signal: ending.signal,
      onChange() {},
    });
    await clock.advance(60_000);
    assert.ok(watches < 30, String(watches));
    ending.abort();
    await running;
  });

  it('name the row that cannot be read', async () => {
    const { clock, objects } = openRows();
    await put(objects, anObject('Rules', 'good', {}));
    await put(objects, anObject('Rules', 'bad', {}));
    const damaged: Pick<ObjectStore, 'list' | 'watchRows'> = {
      ...objects,
      list: async (kind, query) => {
        const page = await objects.list(kind, query);
        const rows = page.rows.map((row) =>
          row.name === 'bad' ? { ...row, body: new TextEncoder().encode('{') } : row,
        );
        return { ...page, rows };
      },
      watchRows: () => assert.fail('nobody follows'),
    };
    const parts = { clock, random: seededRandom(1), log: silentLogger };
    const { objects: found, problems } = await new StoredRules({ ...parts, objects: damaged }).read(
      {
        signal,
      },
    );
    assert.deepEqual(
      found.map(({ source }) => source),
      ['Rules shop/good'],
    );
    assert.match(problems.join(), /^Rules shop\/bad: expected JSON: /);
  });
});
