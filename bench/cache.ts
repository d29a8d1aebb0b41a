// npm run bench:cache: the profile cache measured: alert parity with the older design, store calls, memory,
// lookups, and growth. Prints a table and whether the aim is met for each; a few minutes on two cores.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compareAlerts } from './alert-parity.ts';
import { compareCalls } from './cache-calls.ts';
import { compareGrowth } from './cache-growth.ts';
import { compareMemory } from './cache-memory.ts';
import { MEASURING_FLAGS } from './launcher-flags.ts';

await compareAlerts();
console.log('');
await compareCalls();
await compareMemory();
compareLookups();
compareGrowth();

/** In a process of its own, so that what ran before has compiled nothing for it. */
function compareLookups(): void {
  const lookup = fileURLToPath(new URL('cache-lookup.ts', import.meta.url));
  const { status } = spawnSync(process.execPath, [...MEASURING_FLAGS, lookup], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exitCode = 1;
}
