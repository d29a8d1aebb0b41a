import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ObjectMeta } from '#model/profile.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { openSqliteProfileStore, type SqliteProfileStore } from './sqlite-profile-store.ts';
import { ListReplica } from './testing/list-replica.ts';
import { stateOf } from './testing/sample-profiles.ts';
import { withFolder } from './testing/temporary-folder.ts';
import { WatchReader } from './testing/watch-reader.ts';

const WRITER = fileURLToPath(new URL('./testing/crash-writer.ts', import.meta.url));
const ROUNDS = 10;
const { signal } = new AbortController();

interface Acknowledged {
  readonly revision?: string;
  readonly path?: string;
  readonly version?: number;
}

/** What the writer was told to be stored before it was killed after `lines` lines and `pauseMs`. */
async function writeAndKill(
  file: string,
  round: number,
  kill: { readonly lines: number; readonly spins: number },
): Promise<readonly Acknowledged[]> {
  const child = spawn(process.execPath, ['--conditions=source', WRITER, file, `r${round}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const seen: Acknowledged[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      seen.push(JSON.parse(line));
      // A few turns of the loop later the writer is in the middle of something else.
      if (seen.length === kill.lines) await turns(kill.spins);
      if (seen.length === kill.lines) child.kill('SIGKILL');
    }
  } finally {
    child.kill('SIGKILL');
  }
  const [, killedBy] = await ended;
  assert.equal(killedBy, 'SIGKILL', 'the writer must not end by itself');
  return seen;
}

async function turns(count: number): Promise<void> {
  const clock = new VirtualClock();
  for (let turn = 0; turn < count; turn += 1) await clock.advance(0);
}

describe('SqliteProfileStore after its process was killed', () => {
  it('has everything that was acknowledged, nothing torn, its history, and goes on counting versions', () =>
    withFolder(async (folder) => {
      const file = `${folder}/profiles.db`;
      const random = seededRandom(process.pid);
      const paths: string[] = [];
      let version = 0;
      let writes = 0;
      const replica = new ListReplica({ resourceVersion: '0', items: [] });
      for (let round = 0; round < ROUNDS; round += 1) {
        const lines = 2 + Math.floor(random.next() * 60);
        const spins = Math.floor(random.next() * 400);
        const seen = await writeAndKill(file, round, { lines, spins });
        const message = `seed ${process.pid} round ${round}`;
        for (const { path } of seen) if (path) paths.push(path);
        const versions = seen.map((line) => line.version ?? 0);
        assert.ok((versions[1] ?? Number.POSITIVE_INFINITY) > version, `${message}: went back`);
        version = Math.max(version, ...versions);
        writes += seen.length;
        const clock = new VirtualClock();
        const store = openSqliteProfileStore({
          path: file,
          clock,
          random: seededRandom(1),
          log: silentLogger,
        });
        await checkRevision(store, seen, message);
        await checkReports(store, paths, message);
        assert.deepEqual(await replayed({ store, clock, replica }), await listed(store), message);
        store.close();
      }
      assert.ok(writes > ROUNDS, 'the writers wrote');
    }));
});

async function listed(store: SqliteProfileStore): Promise<readonly ObjectMeta[]> {
  return (await store.list('ContainerProfile', { signal })).items;
}

/** What the history tells since the last time, over what it told before. */
async function replayed({
  store,
  clock,
  replica,
}: {
  readonly store: SqliteProfileStore;
  readonly clock: VirtualClock;
  readonly replica: ListReplica;
}): Promise<readonly ObjectMeta[]> {
  const resourceVersion = replica.version;
  const reader = new WatchReader(store, 'ContainerProfile', { resourceVersion });
  await clock.advance(0);
  for (const event of reader.events) replica.apply(event);
  reader.abort();
  return replica.items;
}

async function checkRevision(
  store: SqliteProfileStore,
  seen: readonly Acknowledged[],
  message: string,
): Promise<void> {
  const last = seen.findLast(({ revision }) => revision !== undefined);
  if (last === undefined) return;
  const key = { namespace: 'shop', name: 'revisions' };
  const stored = await store.get('ApplicationProfile', key, { signal });
  assert.ok(Number(stored?.metadata.resourceVersion) >= (last.version ?? 0), message);
  const revision = stored?.metadata.labels?.['revision'];
  if (Number(stored?.metadata.resourceVersion) === last.version) {
    assert.equal(revision, last.revision, message);
  }
  const contents = new Set(stored?.spec.architectures);
  assert.deepEqual([...contents], [revision], `${message}: metadata and body differ`);
}

/** Every report is still there, or its content is in the profile, and then it is gone. */
async function checkReports(
  store: SqliteProfileStore,
  paths: readonly string[],
  message: string,
): Promise<void> {
  const opens: string[] = [];
  for (const metadata of await listed(store)) {
    const object = await store.get('ContainerProfile', metadata, { signal });
    opens.push(...(object?.spec.opens ?? []).map(({ path }) => path));
    assert.equal(stateOf(object), 'ready/complete', message);
  }
  assert.equal(new Set(opens).size, opens.length, `${message}: merged and still there`);
  const missing = paths.filter((path) => !opens.includes(path));
  assert.deepEqual(missing, [], `${message}: acknowledged and lost`);
}
