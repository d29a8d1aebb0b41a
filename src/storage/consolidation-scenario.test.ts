import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consolidator } from '#consolidation/consolidator.js';
import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfileSpec } from '#model/profile.js';
import { silentLogger } from '#runtime/log.js';
import { seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { MemoryProfileStore } from './memory-profile-store.ts';
import { openSqliteProfileStore } from './sqlite-profile-store.ts';
import { aReport, stateOf } from './testing/sample-profiles.ts';

const KIND = 'ContainerProfile';
const ZERO = '0001-01-01 00:00:00 +0000 UTC';
const { signal } = new AbortController();

/** A moment as the public agent writes it, `at` being minutes and seconds after ten. */
const go = (at: string, nanoseconds: string, monotonic: string) =>
  `2026-03-01 10:${at}.${nanoseconds} +0000 UTC m=+${monotonic}`;

/** Ends of reports, by the name that the table below has for them. */
const AT: Readonly<Record<string, string>> = {
  zero: ZERO,
  dns1: go('29:46', '81', '66.97'),
  dns2: go('29:46', '930000001', '66.98'),
  api1: go('31:11', '515851596', '68.97'),
  api2: go('31:41', '51622', '98.97'),
  api3: go('32:11', '515602416', '128.97'),
  web1: go('31:11', '671115686', '69.12'),
  web2: go('32:11', '671583793', '129.13'),
  job1: go('34:49', '777702792', '287.2'),
  job2: go('35:19', '778668122', '317.2'),
  job3: go('35:49', '777', '347.2'),
};

const opens = (...paths: readonly string[]): ContainerProfileSpec => ({
  architectures: ['amd64'],
  opens: paths.map((path) => ({ path, flags: ['O_RDONLY'] })),
});

/** Reports of four containers, as the public agent sends them: two live ones, two that ended. */
const REPORTS = [
  ['dns', 's1', 'zero', 'dns1', 'ready/partial', opens('/etc/dns/Corefile', '/proc/stat')],
  ['dns', 's2', 'zero', 'dns2', 'ready/partial', opens('/proc/stat', '/proc/⋯/limits')],
  [
    'api',
    's3',
    'zero',
    'api1',
    'ready/partial',
    { ...opens('/app.jar'), capabilities: ['SETGID'] },
  ],
  ['web', 's4', 'zero', 'web1', 'ready/partial', { architectures: ['amd64'], execs: null }],
  ['api', 's3', 'api1', 'api2', 'ready/partial', opens('/etc/passwd')],
  ['api', 's3', 'api2', 'api3', 'completed/partial', opens('/etc/group', '/app.jar')],
  ['web', 's4', 'web1', 'web2', 'completed/partial', { architectures: ['amd64'], opens: null }],
  ['job', 's5', 'zero', 'job1', 'ready/complete', opens('/jre', '/tmp')],
  ['job', 's5', 'job1', 'job2', 'ready/complete', opens('/tmp')],
  ['job', 's5', 'job2', 'job3', 'completed/complete', opens('/etc/hosts')],
] as const;

const EXPECTED = {
  'deployment-dns-185f-129c': ['ready/partial', 3, 1],
  'deployment-api-2237-6628': ['completed/partial', 3, 1],
  'deployment-web-a3a9-8c21': ['completed/partial', 0, 1],
  'deployment-job-5cad-76b6': ['completed/complete', 3, 1],
} as const;

const sources = () => ({ clock: new VirtualClock(1e12), random: seededRandom(1) });

for (const [name, open] of [
  ['MemoryProfileStore', () => new MemoryProfileStore(sources())],
  [
    'SqliteProfileStore',
    () => openSqliteProfileStore({ path: ':memory:', log: silentLogger, ...sources() }),
  ],
] as const) {
  describe(`reports of several containers in a ${name}`, () => {
    for (const order of ['as they were made', 'backwards']) {
      it(`become the profiles that they tell of, when they arrive ${order}`, async () => {
        const store = open();
        const reports = order === 'backwards' ? REPORTS.toReversed() : REPORTS;
        for (const [container, series, from, to, state, spec] of reports) {
          const [profile = ''] = Object.keys(EXPECTED).filter((each) => each.includes(container));
          const times = [AT[from] ?? '', AT[to] ?? ''] as const;
          const suffix = Buffer.from(to).toString('hex').padEnd(32, '0');
          const report = aReport(times, { profile, series, state, spec, suffix });
          await store.create(KIND, report, { signal });
        }
        const { clock } = sources();
        await new Consolidator({ store, clock, log: silentLogger }).once();
        const found: Record<string, unknown> = {};
        for (const metadata of (await store.list(KIND, { signal })).items) {
          const profile = await store.get(KIND, metadata, { signal });
          const { opens: merged, architectures } = profile?.spec ?? {};
          found[metadata.name] = [stateOf(profile), merged?.length ?? 0, architectures?.length];
          assert.equal(metadata.annotations?.[ANNOTATION.reportTimestamp], undefined);
        }
        assert.deepEqual(found, EXPECTED);
        assert.deepEqual(store.counts().rows, 2, 'the two live series go on');
      });
    }
  });
}
