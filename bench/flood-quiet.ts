import type { RawRecord } from '#model/raw-event.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { EbpfSensor } from '#sensor/ebpf-sensor.js';
import { findSensorFiles } from '#sensor/sensor-files.js';
import { containerFacts } from '../test/live/harness/container-facts.ts';
import { runContainer } from '../test/live/harness/containers.ts';
import { actsImage, everythingImage } from '../test/live/harness/images.ts';
import type { PrivateContainerd } from '../test/live/harness/private-containerd.ts';
import { waitFor } from '../test/live/harness/wait-for.ts';
import { printTable } from './tables.ts';

const LOUD_OPENS = 600_000;
const QUIET_ACTS = 300;
const QUIET_PAUSE_MS = 20;
/** What a reader takes for an event that is much too slow for the flood. */
const SLOW_US_PER_EVENT = 40;

interface Tally {
  opens: number;
  execs: number;
  lostFull: number;
  lostShare: number;
}

/**
 * A container that opens files as fast as it can beside one that opens one and starts a program every 20 ms, before a reader that is too
 * slow for the flood: prints what each lost.
 */
export async function quietBesideFlood(containerd: PrivateContainerd): Promise<void> {
  const files = findSensorFiles();
  if (!files) throw new Error('there is no sensor');
  const loud = await runContainer(containerd, { id: 'loud', image: actsImage });
  const pause = String(QUIET_PAUSE_MS);
  const quiet = await runContainer(containerd, { id: 'quiet', image: everythingImage });
  const names = new Map([
    [(await containerFacts(containerd, 'default', loud.id)).cgroupId, 'loud'],
    [(await containerFacts(containerd, 'default', quiet.id)).cgroupId, 'quiet'],
  ]);
  const tallies = new Map<string, Tally>();
  const ended = new AbortController();
  const isReady = Promise.withResolvers<void>();
  const sensor = new EbpfSensor({
    files,
    clock: systemClock,
    log: silentLogger,
    options: { dedupMs: 0 },
  });
  let lastMs = 0;
  let totals: { readonly emitted: number; readonly lost: number } | undefined;
  const running = sensor.run({
    signal: ended.signal,
    onRecords: (records) => {
      isReady.resolve();
      lastMs = performance.now();
      totals ??= records.find(({ type }) => type === 'totals') as typeof totals;
      takeSlowly(records, (cgroupId) => {
        const name = names.get(cgroupId ?? -1) ?? 'others, and not known';
        const tally = tallies.get(name) ?? { opens: 0, execs: 0, lostFull: 0, lostShare: 0 };
        tallies.set(name, tally);
        return tally;
      });
    },
  });
  await isReady.promise;
  const words = ['times', String(QUIET_ACTS), pause, 'open', '/etc/hostname', ';'];
  const runs = ['times', String(QUIET_ACTS), pause, 'run', '/bin/other', 'end', ';'];
  await Promise.all([
    loud.exec(['/usr/bin/acts', 'open', String(LOUD_OPENS), '5000']),
    quiet.exec(['/usr/bin/everything', ...words]),
    quiet.exec(['/usr/bin/everything', ...runs]),
  ]);
  // The reader has to catch up first: at the end it is given three seconds.
  await waitFor('the reader to catch up', () => performance.now() - lastMs > 1_000, 60_000);
  ended.abort();
  await running;
  printTable(
    `A quiet container (${QUIET_ACTS} opens, ${QUIET_ACTS} programs) beside a loud one (${LOUD_OPENS} opens); the reader takes ${SLOW_US_PER_EVENT} µs an event`,
    ['container', 'opens delivered', 'execs delivered', 'lost: its share', 'lost: buffer full'],
    [...tallies].map(([name, { opens, execs, lostShare, lostFull }]) =>
      [name, opens, execs, lostShare, lostFull].map(String),
    ),
  );
  console.log(`${totals?.emitted} emitted, ${totals?.lost} of them lost, says the sensor\n`);
}

function takeSlowly(
  records: readonly RawRecord[],
  tallyOf: (cgroupId: number | undefined) => Tally,
): void {
  const untilMs = performance.now() + (records.length * SLOW_US_PER_EVENT) / 1_000;
  for (const record of records) {
    if (record.type === 'open') tallyOf(record.cgroupId).opens += 1;
    if (record.type === 'exec') tallyOf(record.cgroupId).execs += 1;
    if (record.type !== 'lost') continue;
    const place = record.reason === 'share' ? 'lostShare' : 'lostFull';
    tallyOf(record.cgroupId)[place] += record.count;
  }
  while (performance.now() < untilMs) {
    // As slow as asked for.
  }
}
