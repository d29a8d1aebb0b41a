// What bench/rules.ts measures with: a profile of a usual size, and events of one container.
import type { AttributedEvent } from '../src/model/attributed-event.ts';
import type { PodSpec } from '../src/model/pod-spec.ts';
import type { ContainerProfileSpec } from '../src/model/profile.ts';
import type { RawEvent } from '../src/model/raw-event.ts';
import { aContainer } from '../src/model/testing/sample-container.ts';
import type { Surroundings } from '../src/rules/surroundings.ts';
import { happened } from '../src/rules/testing/other-subjects.ts';
import { anExec, anOpen, inContainer } from '../src/rules/testing/subjects.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { SYSCALLS } from './kernel-names.ts';
import { BASE_POOL, FAMILY_POOL, pick, sample } from './path-pools.ts';

const EXECS = 50;
const OPENS = 1_000;
const PATTERNS = 40;
const NEIGHBORS = 200;
const SYSCALLS_USED = 100;

const random = seededRandom(7);
const programs = Array.from({ length: EXECS }, (_, i) => `/usr/bin/tool-${i}`);
const opened = sample([...BASE_POOL, ...FAMILY_POOL.python], OPENS - PATTERNS, random);
const addresses = Array.from({ length: NEIGHBORS }, (_, i) => `203.0.113.${i}`);
const syscalls = sample(SYSCALLS, SYSCALLS_USED, random);

/** 50 execs, 1,000 opens of which 40 are patterns, 200 neighbors, 100 system calls. */
export const PROFILE: ContainerProfileSpec = {
  execs: programs.map((path) => ({ path, args: [path, '--config', `${path}.conf`] })),
  opens: [
    ...opened.map((path) => ({ path, flags: ['O_RDONLY'] })),
    ...Array.from({ length: PATTERNS }, (_, i) => ({
      path: `/var/cache/app-${i}/⋯/data`,
      flags: [],
    })),
  ],
  syscalls,
  egress: addresses.map((ipAddress, i) => ({
    identifier: `n${i}`,
    ...{ type: 'external', dns: '', ipAddress },
    ports: [{ name: 'TCP-443', protocol: 'TCP', port: 443 }],
  })),
};

const POD: PodSpec = {
  containers: [
    { name: 'web', command: ['/usr/bin/tool-0'], mountPaths: ['/data', '/var/run/secrets'] },
  ],
  initContainers: [],
  ephemeralContainers: [],
};

const ENVIRONMENT: ReadonlyMap<string, string> = new Map([['PATH', '/usr/bin']]);

/** A pod whose spec is known, in a cluster whose API server is. */
export const SURROUNDINGS: Surroundings = {
  podSpecOf: () => POD,
  isApiServerAddress: (address) => address === '10.96.0.1',
  environOf: () => ENVIRONMENT,
};

const container = aContainer();

/** Kinds of event, and whether the profile knows them; each call makes new texts. */
export const EVENTS: Readonly<Record<string, (i: number) => AttributedEvent>> = {
  'open, in the profile': (i) => anOpen({ path: fresh(pathOf(i)) }, container),
  'open, not in it': (i) => anOpen({ path: fresh(`/usr/share/other/file-${i}.dat`) }, container),
  'exec, in the profile': (i) => exec(programs[i % EXECS] ?? ''),
  'exec, not in it': (i) => exec(`/usr/bin/other-${i % 97}`),
  'network, in the profile': (i) => network(addresses[(i * 31) % NEIGHBORS] ?? ''),
  'network, not in it': (i) => network(`198.51.100.${i % 256}`),
  'syscall, in the profile': (i) => syscall(syscalls[(i * 17) % SYSCALLS_USED] ?? ''),
  'syscall, not in it': () => syscall('kexec_load'),
};

function pathOf(i: number): string {
  if (i % 25 === 0) return `/var/cache/app-${i % PATTERNS}/entry-${i}/data`;
  return pick(opened, random);
}

function exec(path: string): AttributedEvent {
  const args = [path, '--config', `${path}.conf`].map(fresh);
  return anExec({ exePath: fresh(path), file: path, args, comm: fresh(path.slice(9)) }, container);
}

function network(address: string): AttributedEvent {
  return happened('network', { address: fresh(address), port: 443 });
}

function syscall(name: string): AttributedEvent {
  const { event } = happened('syscall', { syscall: fresh(name) });
  return inContainer(event as RawEvent, container);
}

/** A text of its own, as an event brings it. */
function fresh(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string;
}
