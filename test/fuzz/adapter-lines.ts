// A million lines of Inspektor Gadget and of Tetragon that were changed at random:
//   node --conditions=source test/fuzz/adapter-lines.ts [LINES] [SEED]
// Ends with exit code 1 when one of them is not counted, or becomes an event that no recording could hold.
import { argv } from 'node:process';
import { fuzzAdapter } from './mutated-lines.ts';

const lines = Number(argv[2] ?? 1_000_000);
const seed = Number(argv[3] ?? 1);
for (const tool of ['ig', 'tetragon'] as const) {
  const started = performance.now();
  const outcome = await fuzzAdapter(tool, { lines: Math.ceil(lines / 2), seed });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const { events, damaged, unwanted, foreign, lossLines, unusable } = outcome;
  const missing = outcome.lines - events - damaged - unwanted - foreign - lossLines;
  console.log(tool, { ...outcome, missing, seed, seconds });
  if (missing !== 0 || unusable.length > 0) process.exitCode = 1;
}
