// node --conditions=source --expose-gc bench/store-watch.ts: how a change reaches 1, 100 and 1,000 watchers, each on a
// socket of its own that is read here without being parsed. Beside our server one that writes the same bytes in a
// loop, as parts of HTTP responses, and one that writes them to sockets without HTTP. Medians of interleaved rounds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { systemRandom } from '../src/runtime/random.ts';
import { openSqliteProfileStore } from '../src/storage/sqlite-profile-store.ts';
import { Child } from './store-child.ts';
import { KeptConnection } from './store-client.ts';
import { COLLECTION, KIND, profileOfSize, SIZES } from './store-profiles.ts';
import { Readers } from './store-readers.ts';
import { median, printTable } from './tables.ts';

const WATCHERS = [1, 100, 1_000];
const ROUNDS = 25;
const WARM_UP_ROUNDS = 10;
const MEASURED_SIZES = SIZES.slice(0, 2);

interface Told {
  readonly committedNs: string;
  readonly writeUs: number;
}

interface Figures {
  readonly name: string;
  readonly watchers: number;
  readonly ours: Reached;
  readonly loop: Reached;
  readonly sockets: Reached;
  readonly serialised: number;
}

/** From the commit to the last watcher, and processor time of the server for one change, without the write. */
interface Reached {
  readonly lastMs: number;
  readonly cpuMs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'hullwatch-watch-'));
try {
  const figures: Figures[] = [];
  for (const [at, { name, share }] of MEASURED_SIZES.entries()) {
    const path = join(folder, `${at}.db`);
    const sources = { clock: systemClock, random: systemRandom, log: silentLogger };
    const store = openSqliteProfileStore({ path, ...sources });
    const { signal } = new AbortController();
    await store.create(KIND, profileOfSize(0, share), { signal });
    store.close();
    for (const watchers of WATCHERS) figures.push(await measure({ name, path, watchers }));
  }
  print(figures);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure({
  name,
  path,
  watchers,
}: {
  readonly name: string;
  readonly path: string;
  readonly watchers: number;
}): Promise<Figures> {
  const [ours, loop, sockets] = await Promise.all([
    Child.start('store-api.ts', path),
    Child.start('store-bare.ts'),
    Child.start('store-sockets.ts'),
  ]);
  const children = [ours, loop, sockets];
  const eventBytes = await putEvent(ours, loop);
  const idleCpuUs = await writesAlone(ours);
  const readers = [
    await Readers.open(
      ours,
      `${COLLECTION}?watch=1&resourceVersion=${await versionOf(ours)}`,
      watchers,
    ),
    await Readers.open(loop, '/event?watch', watchers),
    await Readers.open(sockets, '/', watchers),
  ];
  const seen: Reached[][] = [[], [], []];
  let serialised = 0;
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    if (round === WARM_UP_ROUNDS) serialised = await ours.ask('serialised');
    for (const [at, child] of children.entries()) {
      const reached = await tellOnce(child, readers[at] as Readers, eventBytes);
      if (round >= WARM_UP_ROUNDS) seen[at]?.push(reached);
    }
  }
  serialised = (await ours.ask<number>('serialised')) - serialised;
  for (const each of readers) each.close();
  for (const child of children) await child.end();
  const [own, byLoop, bySockets] = seen.map(middle) as [Reached, Reached, Reached];
  return {
    name,
    watchers,
    ours: { ...own, cpuMs: Math.max(0, own.cpuMs - idleCpuUs / 1e3) },
    loop: byLoop,
    sockets: bySockets,
    serialised: serialised / ROUNDS,
  };
}

async function tellOnce(child: Child, readers: Readers, bytes: number): Promise<Reached> {
  const startCpu = await child.ask<number>('cpu');
  const last = readers.next();
  const { committedNs } = await child.ask<Told>('tell', child.name === 'store-api.ts' ? 0 : bytes);
  const lastMs = Number((await last) - BigInt(committedNs)) / 1e6;
  return { lastMs, cpuMs: ((await child.ask<number>('cpu')) - startCpu) / 1e3 };
}

/** Gives the loop the bytes of an event of ours, and says how many they are. */
async function putEvent(ours: Child, loop: Child): Promise<number> {
  const from = new KeptConnection(await ours.ask('port'));
  const to = new KeptConnection(await loop.ask('port'));
  const object = await from.call({ path: `${COLLECTION}/profile-0` });
  const body = Buffer.from(`{"type":"MODIFIED","object":${object.toString().trimEnd()}}\n`);
  await to.call({ method: 'PUT', path: '/event', body });
  for (const client of [from, to]) client.close();
  return body.length;
}

async function versionOf(ours: Child): Promise<string> {
  const client = new KeptConnection(await ours.ask('port'));
  const list = JSON.parse((await client.call({ path: `${COLLECTION}?limit=1` })).toString());
  client.close();
  return list.metadata.resourceVersion;
}

/** Processor time of a write that nobody watches, in microseconds. */
async function writesAlone(ours: Child): Promise<number> {
  const costs: number[] = [];
  for (let turn = 0; turn < WARM_UP_ROUNDS + ROUNDS; turn += 1) {
    const start = await ours.ask<number>('cpu');
    await ours.ask('tell', 0);
    costs.push((await ours.ask<number>('cpu')) - start);
  }
  return median(costs.slice(WARM_UP_ROUNDS));
}

function middle(all: readonly Reached[]): Reached {
  return {
    lastMs: median(all.map(({ lastMs }) => lastMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  };
}

function print(figures: readonly Figures[]): void {
  const ms = (value: number) => value.toFixed(2);
  const over = (a: number, b: number) => `${(a / b).toFixed(1)} ×`;
  printTable(
    'A change told to watchers, ms: from the commit until the last of them has read it, and processor time of the server',
    [
      'event',
      'watchers',
      'loop over sockets',
      'loop over HTTP responses',
      'ours',
      'of the HTTP loop',
      'processor: sockets',
      'HTTP loop',
      'ours, without the write',
      'of the HTTP loop',
      'serialised per change',
    ],
    figures.map(({ name, watchers, ours, loop, sockets, serialised }) => [
      name,
      watchers.toLocaleString('en'),
      ms(sockets.lastMs),
      ms(loop.lastMs),
      ms(ours.lastMs),
      over(ours.lastMs, loop.lastMs),
      ms(sockets.cpuMs),
      ms(loop.cpuMs),
      ms(ours.cpuMs),
      over(ours.cpuMs, loop.cpuMs),
      String(serialised),
    ]),
  );
  const isMet = figures.every(({ serialised }) => serialised === 1);
  console.log(
    `Aim: one serialisation of a change, whatever the number of watchers (${isMet ? 'met' : 'NOT met'}).\n`,
  );
}
