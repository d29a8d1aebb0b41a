// node --conditions=source --expose-gc bench/store-calls.ts: what put, get and list cost, through the port in this process
// and over HTTP from another one, beside SQLite alone, JSON.parse alone and a server that only writes bytes.
// Processor time is that of the process that answers; medians of interleaved rounds.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/runtime/clock.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { systemRandom } from '../src/runtime/random.ts';
import { openSqliteProfileStore } from '../src/storage/sqlite-profile-store.ts';
import { Child } from './store-child.ts';
import { KeptConnection } from './store-client.ts';
import { KIND, profileOfSize, SIZES } from './store-profiles.ts';
import {
  type CpuMeter,
  cpuOf,
  fillBare,
  httpVariant,
  parseVariant,
  portVariant,
  sqliteVariant,
  type Variant,
} from './store-variants.ts';
import { median, printTable } from './tables.ts';
import { threadMs } from './turn-watch.ts';

const OBJECTS = 100;
const ROUNDS = 9;
const WARM_UP_ROUNDS = 2;
/** How often a round makes each call. */
const CALLS = { get: 200, put: 40, list: 20 } as const;
const AIM = 2;
const sources = { clock: systemClock, random: systemRandom, log: silentLogger };

type Call = keyof typeof CALLS;
type Way = 'sqlite' | 'bytes' | 'parse' | 'port' | 'bare' | 'http';

interface Measured {
  readonly cpuUs: number;
  readonly wallUs: number;
}

const folder = mkdtempSync(join(tmpdir(), 'hullwatch-calls-'));
try {
  const measured = [];
  for (const { name, share } of SIZES) measured.push({ name, ways: await measureSize(share) });
  print(measured);
} finally {
  rmSync(folder, { recursive: true });
}

type Figures = Readonly<Record<Call, Readonly<Record<Way, Measured>>>>;

async function measureSize(share: number): Promise<Figures> {
  const fleet = Array.from({ length: OBJECTS }, (_, index) => profileOfSize(index, share));
  const path = (name: string) => join(folder, `${share}-${name}.db`);
  const { signal } = new AbortController();
  for (const name of ['sqlite', 'port', 'http']) {
    const store = openSqliteProfileStore({ path: path(name), ...sources });
    for (const profile of fleet) await store.create(KIND, profile, { signal });
    store.close();
  }
  const store = openSqliteProfileStore({ path: path('port'), ...sources });
  const sqlite = sqliteVariant(path('sqlite'), fleet);
  const [ours, bare] = [
    await Child.start('store-api.ts', path('http')),
    await Child.start('store-bare.ts'),
  ];
  const toOurs = new KeptConnection(await ours.ask('port'));
  const toBare = new KeptConnection(await bare.ask('port'));
  await fillBare(toOurs, toBare, OBJECTS);
  const here = () => threadMs() * 1e3;
  const figures = await interleaved([
    { way: 'sqlite', variant: sqlite, cpu: here },
    // Only its get is of interest: text is decoded when it is read, which a server need not do.
    {
      way: 'bytes',
      variant: { ...sqlite, get: sqlite.getBytes, put: () => {}, list: () => {} },
      cpu: here,
    },
    { way: 'parse', variant: parseVariant(fleet), cpu: here },
    { way: 'port', variant: portVariant(store, fleet), cpu: here },
    { way: 'bare', variant: httpVariant(toBare, fleet), cpu: cpuOf(bare) },
    { way: 'http', variant: httpVariant(toOurs, fleet), cpu: cpuOf(ours) },
  ]);
  for (const client of [toOurs, toBare]) client.close();
  for (const child of [ours, bare]) await child.end();
  store.close();
  sqlite.close();
  return figures;
}

interface Runner {
  readonly way: Way;
  readonly variant: Variant;
  readonly cpu: CpuMeter;
}

async function interleaved(runners: readonly Runner[]): Promise<Figures> {
  const seen = new Map<string, Measured[]>();
  for (let round = 0; round < WARM_UP_ROUNDS + ROUNDS; round += 1) {
    for (const call of Object.keys(CALLS) as Call[]) {
      for (const { way, variant, cpu } of runners) {
        const measured = await measureBatch(call, { variant, cpu, round });
        if (round >= WARM_UP_ROUNDS) {
          seen.set(`${call} ${way}`, [...(seen.get(`${call} ${way}`) ?? []), measured]);
        }
      }
    }
  }
  const middle = (call: Call) =>
    Object.fromEntries(
      runners.map(({ way }) => {
        const all = seen.get(`${call} ${way}`) ?? [];
        const cpuUs = median(all.map((each) => each.cpuUs));
        return [way, { cpuUs, wallUs: median(all.map((each) => each.wallUs)) }];
      }),
    ) as Record<Way, Measured>;
  return { get: middle('get'), put: middle('put'), list: middle('list') };
}

async function measureBatch(
  call: Call,
  {
    variant,
    cpu,
    round,
  }: { readonly variant: Variant; readonly cpu: CpuMeter; readonly round: number },
): Promise<Measured> {
  const count = CALLS[call];
  const startCpu = await cpu();
  const startMs = performance.now();
  for (let i = 0; i < count; i += 1) {
    const index = (i * 37 + round) % OBJECTS;
    if (call === 'get') await variant.get(index);
    else if (call === 'put') await variant.put(index, round * count + i);
    else await variant.list();
  }
  const wallUs = ((performance.now() - startMs) * 1e3) / count;
  return { wallUs, cpuUs: ((await cpu()) - startCpu) / count };
}

function print(sizes: readonly { readonly name: string; readonly ways: Figures }[]): void {
  const rows = (Object.keys(CALLS) as Call[]).flatMap((call) =>
    sizes.map(({ name, ways }) => ({ what: whatOf(call, name), call, ...ways[call] })),
  );
  const us = ({ cpuUs }: Measured) => cpuUs.toFixed(cpuUs < 100 ? 1 : 0);
  const over = (a: number, b: number) => `${(a / b).toFixed(2)} ×`;
  printTable(
    'Processor time of a call, µs',
    [
      'call',
      'SQLite alone',
      'as bytes',
      'JSON.parse alone',
      'through the port',
      'of SQLite',
      'bare server',
      'our server',
      'of SQLite + bare server',
    ],
    rows.map(({ what, call, sqlite, bytes, parse, port, bare, http }) => [
      what,
      us(sqlite),
      call === 'get' ? us(bytes) : '',
      us(parse),
      us(port),
      over(port.cpuUs, sqlite.cpuUs),
      us(bare),
      us(http),
      over(http.cpuUs, sqlite.cpuUs + bare.cpuUs),
    ]),
  );
  const wall = ({ wallUs }: Measured) => wallUs.toFixed(0);
  printTable(
    'Time until a call is answered, µs (one after the other, one connection)',
    [
      'call',
      'SQLite alone',
      'through the port',
      'of SQLite',
      'bare server',
      'our server',
      'of SQLite + bare server',
    ],
    rows.map(({ what, sqlite, port, bare, http }) => [
      what,
      wall(sqlite),
      wall(port),
      over(port.wallUs, sqlite.wallUs),
      wall(bare),
      wall(http),
      over(http.wallUs, sqlite.wallUs + bare.wallUs),
    ]),
  );
  const gets = rows.filter(({ call }) => call === 'get');
  for (const by of ['cpuUs', 'wallUs'] as const) {
    const worst = Math.max(
      ...gets.map(({ sqlite, bare, http }) => http[by] / (sqlite[by] + bare[by])),
    );
    const name = by === 'cpuUs' ? 'processor time' : 'time';
    console.log(
      `Aim: a get costs under ${AIM} × SQLite read and socket write, in ${name}: at most ${worst.toFixed(2)} × (${worst < AIM ? 'met' : 'NOT met'}).`,
    );
  }
  console.log('');
}

function whatOf(call: Call, size: string): string {
  return call === 'list' ? `list, metadata of ${OBJECTS} × ${size}` : `${call}, ${size}`;
}
