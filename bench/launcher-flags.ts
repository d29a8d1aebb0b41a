import { readFileSync } from 'node:fs';

/** The flags that a release starts Node.js with, from the launcher's first line. */
export const LAUNCHER_FLAGS: readonly string[] = readFileSync(
  new URL('../bin/hullwatch.js', import.meta.url),
  'utf8',
)
  .split('\n', 1)
  .flatMap((line) => line.split(' ').filter((word) => word.startsWith('--')));

/** The flags with which a bench's own process is started, so that it can collect and be compared. */
export const MEASURING_FLAGS: readonly string[] = [
  ...LAUNCHER_FLAGS,
  '--conditions=source',
  '--expose-gc',
  // Code that a collection dropped would be counted as memory that was given back.
  '--no-flush-bytecode',
];
