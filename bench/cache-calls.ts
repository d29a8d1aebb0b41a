// node --conditions=source bench/cache-calls.ts: how often the store is asked in an hour in which nothing
// changes, for 300 containers in 10 namespaces, in virtual time. Ours beside a poller that really runs and
// asks for every source of every container at every tick, as the older container-keyed cache did.
import { fileURLToPath } from 'node:url';
import { USER_MANAGED_PREFIX } from '../src/model/annotations.ts';
import type { Container } from '../src/model/container.ts';
import { jittered, seededRandom } from '../src/runtime/random.ts';
import { VirtualClock } from '../src/runtime/virtual-clock.ts';
import { MemoryProfileStore } from '../src/storage/memory-profile-store.ts';
import { type CallCounts, CountingStore } from './counting-store.ts';
import { FLEET, makeFleet, SMALL_SIZE } from './profile-maker.ts';
import { PUBLIC_RULE_NEEDS } from './rule-needs.ts';
import { startCache } from './running-cache.ts';
import { printTable } from './tables.ts';

const WORKLOADS = 100;
const HOUR_MS = 3_600_000;
const TICK_MS = 30_000;
/** API servers close watches after five to ten minutes. */
const WATCH_LIFE_MS = 600_000;

interface Ground {
  readonly clock: VirtualClock;
  readonly store: MemoryProfileStore;
  readonly containers: readonly Container[];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await compareCalls();

/** Runs all and prints the table. */
export async function compareCalls(): Promise<void> {
  const polled = await pollerCalls(await ground());
  const rows = [
    row('one GET a source, container and tick', polled, polled),
    row('ours, watches stay open', await ourCalls(await ground()), polled),
    row('ours, watches closed every 10 min', await ourCalls(await ground(), WATCH_LIFE_MS), polled),
  ];
  printTable(
    'Store calls in a steady hour, 300 containers in 10 namespaces',
    ['what asks', 'GET', 'LIST', 'WATCH', 'together', 'a container', 'of polling'],
    rows.map(({ cells }) => cells),
  );
  const isMet = rows.slice(1).every(({ ratio }) => ratio < 0.01);
  console.log(`Aim: under 1 % (${isMet ? 'met' : 'NOT met'}).\n`);
}

function row(what: string, calls: CallCounts, polled: CallCounts) {
  const total = sum(calls);
  const ratio = total / sum(polled);
  const counts = [calls.get, calls.list, calls.watch, total].map(String);
  const perContainer = (total / (WORKLOADS * 3)).toFixed(2);
  return { ratio, cells: [what, ...counts, perContainer, `${(ratio * 100).toFixed(2)} %`] };
}

function sum({ get, list, watch }: CallCounts): number {
  return get + list + watch;
}

async function ground(): Promise<Ground> {
  const clock = new VirtualClock();
  const store = new MemoryProfileStore({ clock, random: seededRandom(2) });
  const containers: Container[] = [];
  const { signal } = new AbortController();
  const plan = { ...FLEET, size: SMALL_SIZE, reading: 'different' } as const;
  for (const workload of makeFleet(WORKLOADS, plan)) {
    containers.push(...workload.containers);
    for (const object of workload.objects) await store.create(object.kind, object, { signal });
  }
  return { clock, store, containers };
}

async function ourCalls(
  { clock, store, containers }: Ground,
  watchLifeMs?: number,
): Promise<CallCounts> {
  const counting = new CountingStore(store, clock, watchLifeMs);
  const needs = PUBLIC_RULE_NEEDS;
  const { end } = await startCache({ store: counting, clock, containers, needs });
  await clock.advance(4 * TICK_MS);
  counting.reset();
  await clock.advance(HOUR_MS);
  const calls = { ...counting.calls };
  await end();
  return calls;
}

async function pollerCalls({ clock, store, containers }: Ground): Promise<CallCounts> {
  const counting = new CountingStore(store, clock);
  const ending = new AbortController();
  const polling = poll(counting, { clock, containers, signal: ending.signal });
  await clock.advance(HOUR_MS);
  ending.abort();
  await polling;
  return counting.calls;
}

async function poll(
  store: CountingStore,
  {
    clock,
    containers,
    signal,
  }: Pick<Ground, 'clock' | 'containers'> & { readonly signal: AbortSignal },
): Promise<void> {
  const random = seededRandom(3);
  while (!signal.aborted) {
    for (const { namespace, profileName, workloadName } of containers) {
      const overlay = { namespace, name: `${USER_MANAGED_PREFIX}${workloadName}` };
      await store.get('ContainerProfile', { namespace, name: profileName }, { signal });
      await store.get('ApplicationProfile', overlay, { signal });
      await store.get('NetworkNeighborhood', overlay, { signal });
    }
    await clock.sleep(jittered(TICK_MS, 0.1, random), signal).catch(() => {});
  }
}
