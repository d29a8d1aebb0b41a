// Writes to a profile store until it is killed: `node crash-writer.ts FILE ROUND`. Each line that it
// prints tells of a write that the store has acknowledged, in JSON.
import { writeSync } from 'node:fs';
import { Consolidator } from '#consolidation/consolidator.js';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { openSqliteProfileStore } from '../sqlite-profile-store.ts';
import { anApplicationProfile, aReport } from './sample-profiles.ts';

/** How often each revision stands in an object: enough to fill several pages. */
const COPIES = 1_500;

const [, , path = '', round = ''] = process.argv;
const { signal } = new AbortController();
const store = openSqliteProfileStore({
  path,
  clock: systemClock,
  random: systemRandom,
  log: silentLogger,
});
const consolidator = new Consolidator({ store, clock: systemClock, log: silentLogger });

acknowledge({ opened: true });
for (let turn = 0; ; turn += 1) {
  await writeRevision(`${round}-${turn}`);
  await writeReport(turn);
  if (turn % 3 === 2) await consolidator.once();
}

/** One object, overwritten again and again, that says the same everywhere. */
async function writeRevision(revision: string): Promise<void> {
  const key = { namespace: 'shop', name: 'revisions' };
  const stored = await store.get('ApplicationProfile', key, { signal });
  const object = {
    ...anApplicationProfile({ ...stored?.metadata, ...key, labels: { revision } }),
    spec: { architectures: Array.from({ length: COPIES }, () => revision) },
  };
  const { metadata } = stored
    ? await store.update('ApplicationProfile', object, { signal })
    : await store.create('ApplicationProfile', object, { signal });
  acknowledge({ revision, version: Number(metadata.resourceVersion) });
}

/** Reports whose content ends in the profile `web`, one way or another. */
async function writeReport(turn: number): Promise<void> {
  const path = `/data/${round}/${turn}`;
  const { metadata } = await store.create(
    'ContainerProfile',
    aReport([turn * 10, turn * 10 + 10], {
      series: round,
      suffix: `${round}x${turn}`,
      spec: { opens: [{ path }] },
    }),
    { signal },
  );
  acknowledge({ path, version: Number(metadata.resourceVersion) });
}

function acknowledge(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
