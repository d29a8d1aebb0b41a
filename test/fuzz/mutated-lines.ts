import { isRawEvent, type RawEvent, type RawRecord } from '#model/raw-event.js';
import { silentLogger } from '#runtime/log.js';
import { type Random, seededRandom } from '#runtime/random.js';
import { VirtualClock } from '#runtime/virtual-clock.js';
import { ContainerCgroups } from '#sensor/adapters/container-cgroups.js';
import { JsonLinesSource } from '#sensor/adapters/json-lines-source.js';
import type { LineMeaning } from '#sensor/adapters/line-meaning.js';
import { parseLine } from '#sensor/recording-schema.js';
import {
  ADAPTER_NOW_MS,
  ADAPTER_TOOLS,
  type AdapterTool,
  GivenChunks,
  sampleText,
} from '#sensor/testing/adapter-run.js';

/** What became of the lines of a run. */
export interface FuzzOutcome {
  /** Lines that were not empty. */
  readonly lines: number;
  readonly events: number;
  readonly damaged: number;
  readonly unwanted: number;
  /** Lines that tell of something that there is no event for. */
  readonly foreign: number;
  /** Lines in which the tool tells of its own losses. */
  readonly lossLines: number;
  /** Events that no recording could hold, with what is wrong: the first ten. */
  readonly unusable: readonly string[];
}

const LINES_A_BATCH = 1_000;
/** Values that a field never has, or seldom. */
const ODD_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, -(2 ** 31), 4_294_967_295, 70_000],
  ...[
    '',
    'x',
    '-1',
    '1e9',
    '0x10',
    '9'.repeat(40),
    '\u0000',
    '\ud800',
    '::1',
    '::ffff:1.2.3.4',
    '"',
    ' ',
  ],
  ...[
    'a'.repeat(5_000),
    'CAP_',
    '__proto__',
    'constructor',
    [],
    [[]],
    [null],
    ['x'],
    {},
    { a: {} },
  ],
  ...[
    '2026-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
    '0000-01-01T00:00:00Z',
    '2026-01-01T00:00:60+99:99',
  ],
];

/**
 * Sends `lines` lines of a tool that were changed at random through the whole source, a thousand at a time. Rejects
 * with whatever the source fails by. The same seed gives the same lines.
 */
export async function fuzzAdapter(
  tool: AdapterTool,
  { lines, seed }: { readonly lines: number; readonly seed: number },
): Promise<FuzzOutcome> {
  const random = seededRandom(seed);
  const samples = sampleText(tool).trimEnd().split('\n');
  const tally = { lines: 0, events: 0, damaged: 0, unwanted: 0, foreign: 0, lossLines: 0 };
  const unusable: string[] = [];
  const { parse, types } = ADAPTER_TOOLS[tool];
  const countedParse: typeof parse = (line, nowMs) => {
    const meaning: LineMeaning = parse(line, nowMs);
    if (meaning.kind === 'foreign') tally.foreign += 1;
    if (meaning.kind === 'lost') tally.lossLines += 1;
    return meaning;
  };
  const onRecords = (records: readonly RawRecord[]) => {
    for (const record of records) {
      if (record.type === 'damaged') tally.damaged += 1;
      if (record.type === 'suppressed') tally.unwanted += sumOf(record.unwanted);
      if (!isRawEvent(record)) continue;
      tally.events += 1;
      const problem = problemOf(record);
      if (problem !== undefined && unusable.length < 10) unusable.push(problem);
    }
  };
  const cgroups = new ContainerCgroups();
  const clock = new VirtualClock(ADAPTER_NOW_MS);
  for (let left = lines; left > 0; left -= LINES_A_BATCH) {
    const count = Math.min(left, LINES_A_BATCH);
    const bytes = Buffer.concat(Array.from({ length: count }, () => mutatedLine(samples, random)));
    tally.lines += bytes
      .toString('utf8')
      .split('\n')
      .filter((line) => line.trim() !== '').length;
    const source = new JsonLinesSource({
      ...{ name: tool, input: new GivenChunks(pieces(bytes, random)), parse: countedParse, types },
      ...{ cgroups, clock, log: silentLogger },
    });
    await source.run({ onRecords, signal: new AbortController().signal });
  }
  return { ...tally, unusable };
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Why no recording could hold it. */
function problemOf(event: RawEvent): string | undefined {
  const text = JSON.stringify(event);
  const parsed = parseLine(text);
  return 'problem' in parsed ? `${parsed.problem}: ${text.slice(0, 500)}` : undefined;
}

/** One to three changes of a sample, and a newline. */
function mutatedLine(samples: readonly string[], random: Random): Buffer {
  const sample = pick(samples, random);
  const isStructural = random.next() < 0.7;
  let line: Buffer = Buffer.from(isStructural ? mutatedFields(sample, random) : sample);
  if (!isStructural)
    for (let n = below(3, random); n >= 0; n -= 1) line = mutatedBytes(line, random);
  return Buffer.concat([line, Buffer.from('\n')]);
}

/** Changes values where they stand, so that the line stays JSON and gets far into the parser. */
function mutatedFields(sample: string, random: Random): string {
  const root: Record<string, unknown> = JSON.parse(sample);
  for (let n = below(3, random); n >= 0; n -= 1) {
    let at: Record<string, unknown> = root;
    for (let depth = 0; depth < 6; depth += 1) {
      const name = pick(Object.keys(at), random);
      const value = at[name];
      const isDeeper = typeof value === 'object' && value !== null && random.next() < 0.85;
      if (isDeeper && Object.keys(value).length > 0) {
        at = value as Record<string, unknown>;
        continue;
      }
      if (random.next() < 0.15) delete at[name];
      else at[name] = structuredClone(pick(ODD_VALUES, random));
      break;
    }
    if (Object.keys(root).length === 0) break;
  }
  return JSON.stringify(root);
}

function mutatedBytes(line: Buffer, random: Random): Buffer {
  const at = below(line.length + 1, random);
  const to = Math.min(line.length, at + below(20, random));
  const [before, cut, after] = [line.subarray(0, at), line.subarray(at, to), line.subarray(to)];
  switch (below(4, random)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, cut, cut, after]);
    case 2:
      return Buffer.from(before);
    default:
      return Buffer.concat([before, Buffer.from([below(256, random)]), after]);
  }
}

function pieces(bytes: Buffer, random: Random): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + below(100_000, random));
    found.push(bytes.subarray(at, end));
    at = end;
  }
  return found;
}

function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[below(items.length, random)] as Item;
}

function below(limit: number, random: Random): number {
  return Math.floor(random.next() * limit);
}
