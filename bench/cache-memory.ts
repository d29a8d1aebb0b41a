// node --conditions=source bench/cache-memory.ts: what 300 containers of 100 workloads cost in memory.
//
// Each figure is the median of three processes. A process reads what the variant needs once with a small
// fleet, lets go of it (so that code and its caches are there), collects, notes heap + external, reads
// the fleet, collects, and notes again. The store serves each answer from a file and holds nothing.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { USER_MANAGED_PREFIX } from '../src/model/annotations.ts';
import type { Container } from '../src/model/container.ts';
import type { ContainerProfile } from '../src/model/profile.ts';
import type { ProfileNeeds } from '../src/model/profile-needs.ts';
import { mergeApplicationProfile, mergeNetworkNeighborhood } from '../src/profile/merge.ts';
import { EVERYTHING } from '../src/profile/profile-needs.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { VirtualClock } from '../src/runtime/virtual-clock.ts';
import { TwoCaches } from './baseline/two-caches/two-caches.ts';
import { collectedBytes } from './collected-bytes.ts';
import { MEASURING_FLAGS } from './launcher-flags.ts';
import { ProfileFiles, readContainers, writeFleet } from './profile-files.ts';
import { FLEET, type FleetPlan, makeFleet } from './profile-maker.ts';
import { ENABLED_RULE_NEEDS, PUBLIC_RULE_NEEDS } from './rule-needs.ts';
import { startCache } from './running-cache.ts';
import { median, printTable } from './tables.ts';

const WORKLOADS = 100;
const RUNS = 3;

/** The ways to hold the same profiles. Each gives what must be kept alive, and a way to end it. */
const VARIANTS = {
  'two-caches': {
    what: 'two caches keyed by workload, decoded objects (the older design)',
    hold: holdTwoCaches,
  },
  decoded: { what: 'one decoded profile for each container', hold: holdDecoded },
  shared: { what: 'decoded, shared by containers of one profile', hold: holdShared },
  'ours-enabled': {
    what: 'ours, with what the public rules need that are switched on',
    hold: (fleet: Fleet) => holdOurs(fleet, ENABLED_RULE_NEEDS),
  },
  'ours-rules': {
    what: 'ours, with what all public rules need',
    hold: (fleet: Fleet) => holdOurs(fleet, PUBLIC_RULE_NEEDS),
  },
  'ours-everything': {
    what: 'ours, with every entry',
    hold: (fleet: Fleet) => holdOurs(fleet, EVERYTHING),
  },
} as const;
type Variant = keyof typeof VARIANTS;
const NAMES = Object.keys(VARIANTS) as Variant[];

interface Fleet {
  readonly folder: string;
  readonly containers: readonly Container[];
}
interface Held {
  readonly kept: unknown;
  readonly end: () => Promise<void>;
}

const FLEETS: readonly { readonly title: string; readonly plan: FleetPlan }[] = [
  {
    title: '100 workloads, 3 pods of one container each (100 profiles)',
    plan: { ...FLEET, reading: 'replicas' },
  },
  {
    title: '100 workloads, 1 pod of 3 different containers each (300 profiles)',
    plan: { ...FLEET, reading: 'different' },
  },
  {
    title: 'the same 300 profiles with no path in common between workloads (worst case)',
    plan: { ...FLEET, reading: 'different', commonShare: 0 },
  },
];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , variant, folder, warmUp] = process.argv;
  if (variant !== undefined && folder !== undefined && warmUp !== undefined) {
    console.log(await measure(variant as Variant, folder, warmUp));
  } else {
    await compareMemory();
  }
}

/** Runs all variants over all fleets and prints a table for each. */
export async function compareMemory(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hullwatch-memory-'));
  try {
    const warmUp = join(folder, 'warm-up');
    writeFleet(warmUp, makeFleet(6, { ...FLEET, reading: 'different', seed: 99 }));
    for (const { title, plan } of FLEETS) {
      const fleet = join(folder, 'fleet');
      writeFleet(fleet, makeFleet(WORKLOADS, plan));
      const bytes = new Map<Variant, number>();
      for (const variant of NAMES) bytes.set(variant, await medianOf(variant, fleet, warmUp));
      printFleet(title, bytes);
      rmSync(fleet, { recursive: true });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function printFleet(title: string, bytes: ReadonlyMap<Variant, number>): void {
  const first = bytes.get('two-caches') ?? 0;
  const third = bytes.get('shared') ?? 0;
  printTable(
    `Memory: ${title}`,
    ['held how', 'MB', 'KB a container', 'of the two caches', 'of decoded and shared'],
    NAMES.map((variant) => {
      const own = bytes.get(variant) ?? 0;
      return [
        VARIANTS[variant].what,
        (own / 1e6).toFixed(2),
        (own / 1e3 / (WORKLOADS * 3)).toFixed(1),
        percent(own / first),
        percent(own / third),
      ];
    }),
  );
  const verdict = (isMet: boolean) => (isMet ? 'met' : 'NOT met');
  for (const variant of NAMES.filter((name) => name.startsWith('ours'))) {
    const own = bytes.get(variant) ?? 0;
    console.log(
      `Aim, ${VARIANTS[variant].what}: at most 5 % of the two caches ` +
        `(${verdict(own / first <= 0.05)}), at most 20 % of decoded and shared ` +
        `(${verdict(own / third <= 0.2)}).`,
    );
  }
  console.log('');
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`;
}

/** The processes run at the same time: what they take of memory does not depend on it. */
async function medianOf(variant: Variant, folder: string, warmUp: string): Promise<number> {
  const runs = Array.from({ length: RUNS }, () => measureInProcess(variant, folder, warmUp));
  return median(await Promise.all(runs));
}

async function measureInProcess(variant: Variant, folder: string, warmUp: string): Promise<number> {
  const self = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[...MEASURING_FLAGS, self],
    ...[variant, folder, warmUp],
  ]);
  return Number(stdout.trim());
}

/** Heap and external memory that the variant takes for the fleet, in bytes. */
async function measure(variant: Variant, folder: string, warmUp: string): Promise<number> {
  const { hold } = VARIANTS[variant];
  const containers = readContainers(folder);
  const rehearsal = await hold({ folder: warmUp, containers: readContainers(warmUp) });
  await rehearsal.end();
  const before = await collectedBytes();
  const held = await hold({ folder, containers });
  const after = await collectedBytes();
  // Read after the measurement, so that nothing of it can be collected before.
  if (held.kept === undefined) throw new Error('nothing was held');
  await held.end();
  return after - before;
}

async function holdTwoCaches({ folder, containers }: Fleet): Promise<Held> {
  const clock = new VirtualClock();
  const byId = new Map(containers.map((container) => [container.id, container]));
  const cache = new TwoCaches({
    store: new ProfileFiles(folder, clock),
    clock,
    random: seededRandom(1),
    log: silentLogger,
    identities: { identityOf: (id) => byId.get(id) },
  });
  for (const { id } of containers) cache.containerAdded(id);
  await cache.tick(new AbortController().signal);
  const missing = containers.filter(({ id }) => !cache.getContainerProfile(id));
  if (missing.length > 0) throw new Error(`${missing.length} containers have no profile`);
  return { kept: cache, end: async () => {} };
}

async function holdDecoded(fleet: Fleet): Promise<Held> {
  const files = new ProfileFiles(fleet.folder, new VirtualClock());
  const profiles = fleet.containers.map((container) => decodedFor(container, files));
  return { kept: profiles, end: async () => {} };
}

async function holdShared(fleet: Fleet): Promise<Held> {
  const files = new ProfileFiles(fleet.folder, new VirtualClock());
  const byName = new Map<string, ContainerProfile>();
  const profiles = fleet.containers.map((container) => {
    const key = `${container.namespace}/${container.profileName}`;
    const profile = byName.get(key) ?? decodedFor(container, files);
    byName.set(key, profile);
    return profile;
  });
  return { kept: profiles, end: async () => {} };
}

/** The container's profile with what people laid over it, as plain objects. */
function decodedFor(container: Container, files: ProfileFiles): ContainerProfile {
  const { namespace, profileName, workloadName, name } = container;
  const overlay = { namespace, name: `${USER_MANAGED_PREFIX}${workloadName}` };
  const learned = files.read('ContainerProfile', { namespace, name: profileName });
  if (learned === undefined) throw new Error(`${profileName} is not stored`);
  const application = files.read('ApplicationProfile', overlay);
  const network = files.read('NetworkNeighborhood', overlay);
  const merged = application ? mergeApplicationProfile(learned, application, name) : learned;
  return network ? mergeNetworkNeighborhood(merged, network, name) : merged;
}

async function holdOurs({ folder, containers }: Fleet, needs: ProfileNeeds): Promise<Held> {
  const clock = new VirtualClock();
  const store = new ProfileFiles(folder, clock);
  const { cache, end } = await startCache({ store, clock, containers, needs });
  await clock.advance(120_000);
  return { kept: cache, end };
}
