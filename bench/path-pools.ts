// The files that containers open, as far as they are the same in many of them: what is in the base
// image and what comes with a language's runtime. Made up from words, the same each time.
import { type Random, seededRandom } from '../src/runtime/random.ts';

const STEMS =
  'acl alarm asset atlas audit auth batch beacon billing binary bridge buffer cache canvas carrier cart catalog chain channel checkout cipher claim client cloud codec config console core courier crypto cursor dagger data delta device digest dispatch domain editor engine event export fabric feed field filter flow forge format frame gateway geo grid guard handler harbor header health index ingest intent invoice item journal kernel label ledger lens lexer link list locale locker logger lookup mailer manifest mapper market matrix media mesh metric mirror mobile model module monitor native notice object offer operator order outbox packet page parser partner payment pipe planner plugin pointer policy portal price printer probe profile proxy queue quota ranker reader record registry relay render report request resolver response review router runner sampler scanner schema scope search sender sensor session shard shipping signal socket source stage state stock storage stream subject sync table tariff task template tenant ticket token tracker transport trigger tunnel upload user vector version view voucher wallet watcher window worker writer zone'.split(
    ' ',
  );

/** Five kinds of image. Which one a workload has decides what it shares with others. */
export const FAMILIES = ['python', 'node', 'java', 'php', 'go'] as const;

/** One of {@link FAMILIES}. */
export type Family = (typeof FAMILIES)[number];

/** Draws from a list, in a way that only the random numbers decide. */
export function pick<T>(items: readonly T[], random: Random): T {
  const item = items[Math.floor(random.next() * items.length)];
  if (item === undefined) throw new Error('nothing to draw from');
  return item;
}

/** `count` different items of a list, or all of them, in the order of the list. */
export function sample<T>(items: readonly T[], count: number, random: Random): readonly T[] {
  const left = items.map((item, i) => ({ item, i, by: random.next() }));
  return left
    .sort((a, b) => a.by - b.by)
    .slice(0, count)
    .sort((a, b) => a.i - b.i)
    .map(({ item }) => item);
}

/** A word, or two joined. */
export function name(random: Random, joint = '_'): string {
  return random.next() < 0.4
    ? pick(STEMS, random)
    : `${pick(STEMS, random)}${joint}${pick(STEMS, random)}`;
}

/** `count` different texts. */
export function distinct(count: number, make: () => string): readonly string[] {
  const made = new Set<string>();
  for (let tries = 0; made.size < count && tries < count * 50; tries += 1) made.add(make());
  return [...made];
}

/** What every image has: the C library, certificates, time zones, the kernel's own files. */
export const BASE_POOL: readonly string[] = basePool();

/** What images of one kind have: their language's library and the packages that everybody uses. */
export const FAMILY_POOL: Readonly<Record<Family, readonly string[]>> = {
  python: [
    ...pool(600, 11, (random) => `/usr/local/lib/python3.12/${folder(random)}${name(random)}.py`),
    ...pool(
      900,
      12,
      (random) =>
        `/usr/local/lib/python3.12/site-packages/${pick(STEMS.slice(0, 40), random)}/${name(random)}.py`,
    ),
  ],
  node: pool(
    1_500,
    13,
    (random) =>
      `/usr/src/app/node_modules/${pick(STEMS.slice(20, 90), random)}/lib/${name(random, '-')}.js`,
  ),
  java: [
    ...pool(200, 14, (random) => `/opt/java/openjdk/lib/${name(random, '-')}.so`),
    ...pool(500, 15, (random) => `/app/libs/${name(random, '-')}-${digits(random)}.jar`),
  ],
  php: [
    ...pool(
      200,
      16,
      (random) => `/usr/local/lib/php/extensions/no-debug-non-zts/${name(random)}.so`,
    ),
    ...pool(
      1_100,
      17,
      (random) =>
        `/var/www/html/vendor/${pick(STEMS.slice(60, 120), random)}/src/${name(random)}.php`,
    ),
  ],
  go: pool(80, 18, (random) => `/usr/share/${pick(STEMS.slice(0, 20), random)}/${name(random)}`),
};

function basePool(): readonly string[] {
  const fixed = [
    ...['passwd', 'group', 'hosts', 'resolv.conf', 'nsswitch.conf', 'ld.so.cache', 'localtime'],
    ...['host.conf', 'hostname', 'services', 'protocols', 'gai.conf', 'os-release', 'timezone'],
  ].map((file) => `/etc/${file}`);
  const kernel = [
    ...['stat', 'meminfo', 'cpuinfo', 'loadavg', 'uptime', 'mounts', 'filesystems', 'self/maps'],
    ...['self/stat', 'self/status', 'self/cgroup', 'self/mountinfo', 'sys/kernel/random/uuid'],
    ...['sys/net/core/somaxconn', 'sys/vm/overcommit_memory', 'sys/kernel/pid_max', 'version'],
  ].map((file) => `/proc/${file}`);
  const cgroup = ['cpu.max', 'memory.max', 'memory.current', 'cpu.stat', 'pids.max'].map(
    (file) => `/sys/fs/cgroup/${file}`,
  );
  return [
    ...fixed,
    ...kernel,
    ...cgroup,
    '/dev/null',
    '/dev/urandom',
    '/run/secrets/kubernetes.io/serviceaccount/token',
    '/run/secrets/kubernetes.io/serviceaccount/ca.crt',
    '/run/secrets/kubernetes.io/serviceaccount/namespace',
    ...pool(
      140,
      1,
      (random) => `/usr/lib/x86_64-linux-gnu/lib${name(random, '-')}.so.${digit(random)}`,
    ),
    ...pool(150, 2, (random) => `/etc/ssl/certs/${name(random)}_Root_CA_${digit(random)}.pem`),
    ...pool(60, 3, (random) => `/usr/share/zoneinfo/Europe/${name(random)}`),
    ...pool(60, 4, (random) => `/usr/share/locale/${name(random)}/LC_MESSAGES/libc.mo`),
  ];
}

function pool(count: number, seed: number, make: (random: Random) => string): readonly string[] {
  const random = seededRandom(seed);
  return distinct(count, () => make(random));
}

function folder(random: Random): string {
  return random.next() < 0.5 ? '' : `${pick(STEMS, random)}/`;
}

function digit(random: Random): number {
  return Math.floor(random.next() * 10);
}

function digits(random: Random): string {
  return `${digit(random)}.${digit(random)}${digit(random)}.${digit(random)}`;
}
