// The profile cache on a real store, on the real clock, while another process changes what is stored and a
// hundred workers add and remove containers. HULLWATCH_STRESS_SECONDS says for how long; 3 s without.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Container } from '#model/container.js';
import type { ProfileKind } from '#model/profile.js';
import { aContainer } from '#model/testing/sample-container.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';
import { ProfileCache } from '#profile-cache/profile-cache.js';
import type { SourceView } from '#profile-cache/profile-source.js';
import { systemClock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import { seededRandom, systemRandom } from '#runtime/random.js';
import { openSqliteProfileStore, type SqliteProfileStore } from '#storage/sqlite-profile-store.js';

const SECONDS = Number(process.env['HULLWATCH_STRESS_SECONDS'] ?? 3);
const WORKERS = 100;
const IDS_OF_A_WORKER = 10;
const WORKLOADS = 100;
const GRACE_MS = 200;
/** Long enough for a machine with other things to do; what is waited for comes in a second or two. */
const PATIENCE_MS = 30_000;
const WRITER = fileURLToPath(new URL('./profile-writer.ts', import.meta.url));
const { signal: never } = new AbortController();

describe('ProfileCache on a store that another process changes', () => {
  it(`leaks nothing and ends where the store is, after ${SECONDS} s of adding and removing`, async (t) => {
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', onRejection);
    const folder = mkdtempSync(join(tmpdir(), 'hullwatch-stress-'));
    const before = activeResources();
    try {
      await stress(join(folder, 'profiles.db'), t);
      await until('no resource is left', () => assert.deepEqual(activeResources(), before));
      assert.deepEqual(rejections, []);
    } finally {
      process.off('unhandledRejection', onRejection);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

async function stress(path: string, t: TestContext): Promise<void> {
  const errors: string[] = [];
  const log = errorLog(errors);
  const store = openSqliteProfileStore({ path, clock: systemClock, random: systemRandom, log });
  const writer = spawn(process.execPath, ['--conditions=source', WRITER, path, String(WORKLOADS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const written = linesOf(writer);
  const stop = new AbortController();
  try {
    await once(writer.stdout, 'data');
    const cache = new ProfileCache({
      ...{ store, clock: systemClock, random: systemRandom, log },
      options: { removalGraceMs: GRACE_MS },
      identities: { identityOf },
    });
    const ran = cache.run(stop);
    const emptyHoldings = cache.statistics.holdings();
    const calls = await addAndRemove(cache);
    writer.stdin.end();
    assert.deepEqual(await once(writer, 'exit'), [0, null], 'the writer ended well');
    const stayed = cache.list().filter(({ state }) => state !== 'leaving');
    t.diagnostic(
      `${calls} adds, removes and lookups; ${written().at(-1)}; ${stayed.length} stayed`,
    );
    assert.ok(stayed.length > WORKERS, 'enough containers stayed to be looked at');
    await until('all profiles are those of the store', () => agreeWithStore(cache, store));
    for (const { containerId } of cache.list()) cache.containerRemoved(containerId);
    await until('nothing is held', () =>
      assert.deepEqual(cache.statistics.holdings(), emptyHoldings),
    );
    stop.abort();
    await ran;
    assert.deepEqual(errors, []);
    await writesAreNotBlocked(path);
  } finally {
    stop.abort();
    writer.kill('SIGKILL');
    store.close();
  }
}

/** Each worker has its own ids; some of them stay in the end. Gives how often it called the cache. */
async function addAndRemove(cache: ProfileCache): Promise<number> {
  const endMs = systemClock.monotonic() + SECONDS * 1_000;
  let calls = 0;
  const work = async (worker: number) => {
    const random = seededRandom(worker);
    const below = (limit: number) => Math.floor(random.next() * limit);
    while (systemClock.monotonic() < endMs) {
      const id = `c${worker * IDS_OF_A_WORKER + below(IDS_OF_A_WORKER)}`;
      const what = below(8);
      if (what < 3) cache.containerAdded(id);
      else if (what < 5) cache.containerRemoved(id);
      else if (what === 5) cache.learningEnded(id);
      else cache.getContainerProfile(id)?.profile.wasExecuted('/bin/none');
      calls += 1;
      if (worker === 0 && below(50) === 0) cache.nudge();
      await systemClock.sleep(below(20), never);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  return calls;
}

/** Ten containers of a workload, in two namespaces; they ran before the agent, so partial profiles count. */
function identityOf(id: string): Container {
  const number = Number(id.slice(1));
  const namespace = number % 2 === 0 ? 'shop' : 'bank';
  const workload = `w${Math.floor(number / 2) % WORKLOADS}`;
  const pod = { name: `${id}-pod`, namespace, uid: `${id}-uid`, labels: {} };
  const names = { profileName: workload, workloadName: workload };
  return aContainer({ id, namespace, pod, preExisting: true, ...names });
}

/** Every container has exactly what the store holds for it. */
async function agreeWithStore(cache: ProfileCache, store: SqliteProfileStore): Promise<void> {
  for (const view of cache.list()) {
    if (view.state === 'leaving') continue;
    const present = await Promise.all(view.sources.map((source) => agrees(view, source)));
    assert.equal(view.state, present.includes(true) ? 'cached' : 'pending', view.containerId);
  }

  async function agrees({ containerId }: CacheEntryView, source: SourceView): Promise<boolean> {
    const { kind, namespace, name, presence, resourceVersion } = source;
    const stored = await store.get(kind, { namespace, name }, { signal: never });
    assert.equal(presence, stored ? 'present' : 'absent', `${kind} ${namespace}/${name}`);
    assert.equal(resourceVersion, stored?.metadata.resourceVersion, `${kind} ${name}`);
    if (stored) assertAnswers(cache, containerId, stored);
    return stored !== undefined;
  }
}

/** The marks of the stored version are allowed; those of any other version are not. */
function assertAnswers(
  cache: ProfileCache,
  containerId: string,
  { kind, spec }: { readonly kind: ProfileKind; readonly spec: object },
): void {
  const profile = cache.getContainerProfile(containerId)?.profile;
  assert.ok(profile, `${containerId} has a profile`);
  const text = JSON.stringify(spec);
  for (const [, path = ''] of text.matchAll(/"(\/(?:learned|overlay)\/\d+)"/gu)) {
    assert.ok(profile.wasExecuted(path), `${containerId}: ${path} of ${kind}`);
    const [, sort, revision] = path.split('/');
    assert.ok(!profile.wasExecuted(`/${sort}/${Number(revision) - 1}`));
    const { allowedBy } = profile.explain({ surface: 'execs', path });
    assert.deepEqual(
      allowedBy.map(({ origin }) => origin.kind),
      [kind],
    );
  }
  for (const [, address = ''] of text.matchAll(/"(10\.\d+\.\d+\.\d+)"/gu)) {
    assert.ok(profile.wasAddressIn('egress', address), `${containerId}: ${address} of ${kind}`);
  }
}

/** No lock of the store outlives its users. */
async function writesAreNotBlocked(path: string): Promise<void> {
  const sources = { clock: systemClock, random: systemRandom, log: errorLog([]) };
  const other = openSqliteProfileStore({ path, ...sources });
  try {
    const { items } = await other.list('ContainerProfile', { signal: never });
    const [first] = items;
    assert.ok(first, 'the writer left something');
    await other.delete('ContainerProfile', first, { signal: never });
  } finally {
    other.close();
  }
}

/** Tries until what is asserted holds. Fails with the last try. */
async function until(what: string, assertion: () => void | Promise<void>): Promise<void> {
  const endMs = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (reason) {
      if (systemClock.monotonic() >= endMs) throw new Error(`in vain: ${what}`, { cause: reason });
    }
    await systemClock.sleep(100, never);
  }
}

/** Timers, pipes, sockets, processes: what keeps this process going, by type. */
function activeResources(): Readonly<Record<string, number>> {
  const count: Record<string, number> = {};
  for (const type of process.getActiveResourcesInfo().toSorted()) {
    count[type] = (count[type] ?? 0) + 1;
  }
  return count;
}

function linesOf({ stdout }: ChildProcess): () => readonly string[] {
  let text = '';
  stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text.trim().split('\n');
}

function errorLog(errors: string[]): Logger {
  const error = (message: string, fields?: unknown) => {
    errors.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { debug() {}, info() {}, warn() {}, error };
}
