// Changes profiles in a store until its standard input ends: `node profile-writer.ts FILE WORKLOADS`. Prints
// a line when it has begun, and how much it did when it ends.
import { once } from 'node:events';
import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import { PROFILE_API_VERSION, type ProfileKinds } from '#model/profile.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom, systemRandom } from '#runtime/random.js';
import { openSqliteProfileStore } from '#storage/sqlite-profile-store.js';

const NAMESPACES = ['shop', 'bank'];
/** So many writes, one behind the other; then the others have their turn. */
const BURST = 5;
const PAUSE_MS = 3;

const [path = '', workloads = '100'] = process.argv.slice(2);
const random = seededRandom(1);
const { signal } = new AbortController();
const store = openSqliteProfileStore({
  path,
  clock: systemClock,
  random: systemRandom,
  log: silentLogger,
});
const done = { created: 0, updated: 0, deleted: 0, refused: 0 };
let isOver = false;

process.stdin.resume();
once(process.stdin, 'end').then(() => {
  isOver = true;
});
console.log('writing');
for (let revision = 1; !isOver; revision += 1) {
  await change(revision).catch((reason: unknown) => {
    done.refused += 1;
    if (AgentError.from(reason).code !== 'unavailable') throw reason;
  });
  if (revision % BURST === 0) await systemClock.sleep(PAUSE_MS, signal);
}
store.close();
console.log(JSON.stringify(done));

/** One object of one workload is made, changed or deleted. */
async function change(revision: number): Promise<void> {
  const workload = `w${below(Number(workloads))}`;
  const namespace = NAMESPACES[below(NAMESPACES.length)] ?? '';
  const sort = below(10);
  if (sort < 6) return put(learned({ namespace, name: workload }, revision));
  if (sort < 8) return put(overlay({ namespace, name: `ug-${workload}` }, revision));
  return put(neighborhood({ namespace, name: `ug-${workload}` }, revision));
}

async function put<K extends keyof ProfileKinds>(
  object: ProfileKinds[K] & { readonly kind: K },
): Promise<void> {
  const { kind, metadata } = object;
  const stored = await store.get(kind, metadata, { signal });
  if (stored === undefined) {
    await store.create(kind, object, { signal });
    done.created += 1;
  } else if (below(6) === 0) {
    await store.delete(kind, metadata, { signal });
    done.deleted += 1;
  } else {
    await store.update(kind, object, { signal });
    done.updated += 1;
  }
}

type Key = Readonly<{ namespace: string; name: string }>;

/** Completed and complete would never change again. */
function learned(key: Key, revision: number) {
  const status = below(2) === 0 ? 'ready' : 'completed';
  const completion = status === 'ready' ? 'complete' : 'partial';
  const annotations = { [ANNOTATION.status]: status, [ANNOTATION.completion]: completion };
  const metadata = { ...key, annotations };
  const opens = Array.from({ length: 20 }, (_, index) => ({ path: `/data/${index}`, flags: [] }));
  const spec = { execs: [{ path: `/learned/${revision}` }], opens };
  return { apiVersion: PROFILE_API_VERSION, kind: 'ContainerProfile', metadata, spec } as const;
}

function overlay(key: Key, revision: number) {
  const containers = [{ name: 'web', execs: [{ path: `/overlay/${revision}` }] }];
  const spec = { containers };
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'ApplicationProfile',
    metadata: key,
    spec,
  } as const;
}

function neighborhood(key: Key, revision: number) {
  const ipAddress = `10.${(revision >> 16) & 255}.${(revision >> 8) & 255}.${revision & 255}`;
  const egress = [{ identifier: 'one', type: 'external', ipAddress }];
  const spec = { containers: [{ name: 'web', egress }] };
  return {
    apiVersion: PROFILE_API_VERSION,
    kind: 'NetworkNeighborhood',
    metadata: key,
    spec,
  } as const;
}

function below(limit: number): number {
  return Math.floor(random.next() * limit);
}
