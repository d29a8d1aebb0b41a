// Writes to a profile store: `node watch-writer.ts FILE PREFIX COUNT` creates so many profiles and
// deletes every third again. Prints a line for each. Ends by itself.
import { writeSync } from 'node:fs';
import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { openSqliteProfileStore } from '../sqlite-profile-store.ts';
import { aProfile } from './sample-profiles.ts';
import { tryAgain } from './try-again.ts';

const [, , path = '', prefix = '', count = ''] = process.argv;
const { signal } = new AbortController();
const sources = { clock: systemClock, random: systemRandom, log: silentLogger };
const store = openSqliteProfileStore({ path, ...sources });
for (let at = 0; at < Number(count); at += 1) {
  const profile = aProfile({ name: `${prefix}${at}` });
  await tryAgain(() => store.create('ContainerProfile', profile, { signal }));
  writeSync(1, `${at}\n`);
  if (at % 3 === 2) {
    await tryAgain(() => store.delete('ContainerProfile', profile.metadata, { signal }));
  }
}
store.close();
