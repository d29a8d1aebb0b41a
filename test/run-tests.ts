// Runs the test suite: `npm test [-- PATTERN…]`. A PATTERN is a part of a file's path.
// The live tests (test/live/) need root, eBPF, clang and containerd; HULLWATCH_LIVE=required makes
// a missing part a failure, HULLWATCH_LIVE=off leaves them out.
import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { run } from 'node:test';
import { inspect } from 'node:util';

interface Tally {
  passed: number;
  readonly failed: string[];
  readonly skipped: string[];
  /** Seconds of each file. */
  readonly seconds: Map<string, number>;
}

const tally: Tally = { passed: 0, failed: [], skipped: [], seconds: new Map() };
const patterns = process.argv.slice(2);
const wanted = (file: string) =>
  patterns.length === 0 || patterns.some((pattern) => file.includes(pattern));
const all = globSync(['src/**/*.test.ts', 'test/**/*.test.ts']).filter(wanted).sort();
const isLive = (file: string) => file.startsWith('test/live/');

await runFiles(
  all.filter((file) => !isLive(file)),
  2,
);
if (process.env['HULLWATCH_LIVE'] !== 'off') await runFiles(all.filter(isLive), 1);

if (patterns.length === 0) printSlowest(20);
if (tally.skipped.length > 0) {
  console.log('\nSkipped:');
  for (const line of tally.skipped) console.log(`  ${line}`);
}
if (tally.failed.length > 0) {
  console.log('\nFailed:');
  for (const line of tally.failed) console.log(`  ${line}`);
}
const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : '';
console.log(`\n${tally.passed} passed, ${tally.failed.length} failed${skipped}`);
process.exitCode = tally.failed.length > 0 || tally.passed === 0 ? 1 : 0;

/** Runs each file in a process of its own and adds its results to the tally. */
async function runFiles(files: readonly string[], concurrency: number): Promise<void> {
  if (files.length === 0) return;
  const events = run({
    files: [...files],
    concurrency,
    execArgv: ['--conditions=source'],
    timeout: 600_000,
  });
  for await (const event of events) {
    if (event.type === 'test:stdout') process.stdout.write(event.data.message);
    if (event.type === 'test:stderr') process.stderr.write(event.data.message);
    if (event.type === 'test:complete') noteTime(event.data);
    if (event.type === 'test:pass') passed(event.data);
    if (event.type === 'test:fail') failed(event.data);
  }
}

interface Outcome {
  readonly name: string;
  readonly file?: string | undefined;
  readonly skip?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly duration_ms: number };
}

function noteTime(outcome: Outcome): void {
  if (isFile(outcome)) tally.seconds.set(outcome.name, outcome.details.duration_ms / 1000);
}

/** So that nobody has to search for what makes the suite long. */
function printSlowest(count: number): void {
  const slowest = [...tally.seconds].sort(([, a], [, b]) => b - a).slice(0, count);
  console.log('\nSlowest files, seconds:');
  for (const [file, seconds] of slowest) console.log(`  ${seconds.toFixed(1)} ${file}`);
}

function passed(outcome: Outcome): void {
  if (outcome.skip !== undefined) {
    tally.skipped.push(`${title(outcome)}: ${String(outcome.skip) || 'no reason given'}`);
    return;
  }
  if (outcome.details.type !== 'suite' && !isFile(outcome)) tally.passed += 1;
}

function failed(outcome: Outcome & { readonly details: { readonly error: unknown } }): void {
  if (outcome.details.type === 'suite' && hasFailedChild(outcome.details.error)) return;
  if (isFile(outcome) && hasFailedChild(outcome.details.error)) return;
  tally.failed.push(`${title(outcome)}: ${reasonOf(outcome.details.error)}`);
  console.log(`\n✖ ${title(outcome)}\n${inspect(outcome.details.error, { depth: 4 })}`);
}

/** The first line of what went wrong, so that the end of a long output tells enough. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0] ?? '';
}

/** The runner reports each file as a test of its own too; it counts only when it could not be run. */
function isFile(outcome: Outcome): boolean {
  return all.some((file) => outcome.name === file || outcome.name.endsWith(`/${file}`));
}

function hasFailedChild(error: unknown): boolean {
  return (error as { failureType?: string }).failureType === 'subtestsFailed';
}

function title(outcome: Outcome): string {
  const file = outcome.file ? relative(process.cwd(), outcome.file) : '';
  return `${file} › ${outcome.name}`;
}
