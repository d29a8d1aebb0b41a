// npm run bench:store: the served store measured: calls, watchers, consolidation, memory, each beside what must be done at least.
// Prints tables and whether the aims are met; under four minutes on two cores. Ratios count, not single figures.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MEASURING_FLAGS } from './launcher-flags.ts';

const PARTS = [
  'store-calls.ts',
  'store-watch.ts',
  'store-consolidation.ts',
  'store-memory.ts',
] as const;

/** Each in a process of its own, so that what ran before has compiled nothing for it. */
for (const part of PARTS) {
  const path = fileURLToPath(new URL(part, import.meta.url));
  const { status } = spawnSync(process.execPath, [...MEASURING_FLAGS, path], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
