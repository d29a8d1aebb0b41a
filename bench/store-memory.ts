// node --conditions=source --expose-gc bench/store-memory.ts: the memory of a served store as it fills: empty, with objects, with watchers,
// and after changes that all of them were told. Median of processes of their own.
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { systemRandom } from '../src/runtime/random.ts';
import { openSqliteProfileStore } from '../src/storage/sqlite-profile-store.ts';
import { Child } from './store-child.ts';
import { KeptConnection } from './store-client.ts';
import { COLLECTION, KIND, PARTIAL_LIST, profileOfSize, SIZES } from './store-profiles.ts';
import { Readers } from './store-readers.ts';
import { median, printTable } from './tables.ts';

const OBJECTS = 10_000;
const WATCHERS = 1_000;
const CHANGES = 100;
const RUNS = 3;
const STAGES = [
  'empty server',
  `${OBJECTS.toLocaleString('en')} objects in the store`,
  'and listed once, metadata and whole',
  `and ${WATCHERS.toLocaleString('en')} watchers`,
  `and ${CHANGES} changes told to all of them`,
] as const;

interface Memory {
  readonly rss: number;
  readonly heap: number;
}

const folder = mkdtempSync(join(tmpdir(), 'hullwatch-memory-'));
try {
  const full = join(folder, 'full.db');
  await fill(full);
  const runs: (readonly Memory[])[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await measure(full, join(folder, `${run}.db`)));
  print(runs);
} finally {
  rmSync(folder, { recursive: true });
}

/** Where a commit waits for no disk, and then copied. */
async function fill(path: string): Promise<void> {
  const memory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : folder, 'hullwatch-fill-'));
  try {
    const sources = { clock: systemClock, random: systemRandom, log: silentLogger };
    const store = openSqliteProfileStore({ path: join(memory, 'full.db'), ...sources });
    const { signal } = new AbortController();
    for (let index = 0; index < OBJECTS; index += 1) {
      await store.create(KIND, profileOfSize(index, SIZES[0].share), { signal });
    }
    store.close();
    cpSync(join(memory, 'full.db'), path);
  } finally {
    rmSync(memory, { recursive: true });
  }
}

async function measure(full: string, path: string): Promise<readonly Memory[]> {
  const empty = await Child.start('store-api.ts', `${path}-empty`);
  const stages = [await empty.ask<Memory>('memory')];
  await empty.end();
  cpSync(full, path);
  const server = await Child.start('store-api.ts', path);
  stages.push(await server.ask('memory'));
  const client = new KeptConnection(await server.ask('port'));
  await client.call({ path: COLLECTION, accept: PARTIAL_LIST });
  await client.call({ path: COLLECTION });
  stages.push(await server.ask('memory'));
  const list = await client.call({ path: `${COLLECTION}?limit=1` });
  const { resourceVersion } = JSON.parse(list.toString()).metadata;
  const watch = `${COLLECTION}?watch=1&resourceVersion=${resourceVersion}`;
  const readers = await Readers.open(server, watch, WATCHERS);
  stages.push(await server.ask('memory'));
  for (let index = 0; index < CHANGES; index += 1) {
    const all = readers.next();
    await server.ask('tell', index);
    await all;
  }
  stages.push(await server.ask('memory'));
  readers.close();
  client.close();
  await server.end();
  return stages;
}

function print(runs: readonly (readonly Memory[])[]): void {
  const at = (stage: number, figure: keyof Memory) =>
    median(runs.map((run) => run[stage]?.[figure] ?? 0)) / 1e6;
  printTable(
    'Memory of the server, MB (heap: with external memory, after collection)',
    ['server', 'resident', 'of the empty one', 'heap', 'of the empty one'],
    STAGES.map((name, stage) => [
      name,
      at(stage, 'rss').toFixed(1),
      `${(at(stage, 'rss') / at(0, 'rss')).toFixed(2)} ×`,
      at(stage, 'heap').toFixed(1),
      `${(at(stage, 'heap') / at(0, 'heap')).toFixed(2)} ×`,
    ]),
  );
  const watcher = ((at(3, 'heap') - at(2, 'heap')) * 1e3) / WATCHERS;
  console.log(`A watcher takes ${watcher.toFixed(1)} KB of heap.\n`);
}
