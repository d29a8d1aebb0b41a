// The tables of docs/ that come from the code. `npm run docs` writes them; the architecture test
// holds them equal to what stands in the files.
import { readFileSync, writeFileSync } from 'node:fs';
import { configFrom } from '../src/agent/config.ts';
import { openEmbeddedStore } from '../src/agent/embedded-store.ts';
import { Flow } from '../src/agent/flow.ts';
import { memoryQueue } from '../src/agent/open-queue.ts';
import {
  type AnyOption,
  environmentNameOf,
  flagOf,
  OPTION_NAMES,
  OPTIONS,
} from '../src/agent/options.ts';
import { registerFlowMetrics, registerProgressMetrics } from '../src/agent/register-metrics.ts';
import { Metrics } from '../src/metrics/metrics.ts';
import { demandTable } from '../src/rules/event-demand.ts';
import { ruleSetOf } from '../src/rules/rule-set.ts';
import { compiled } from '../src/rules/testing/rule-builder.ts';
import { CONDITIONS, NAMED_CONDITIONS } from '../src/runtime/health-conditions.ts';
import { silentLogger } from '../src/runtime/log.ts';
import { seededRandom } from '../src/runtime/random.ts';
import { VirtualClock } from '../src/runtime/virtual-clock.ts';
import { rulePageTables, shippedRules } from './rule-pages.ts';

const root = new URL('../', import.meta.url);

/** A table between the lines `<!-- generated: NAME -->` and `<!-- end -->` of a file. */
export interface GeneratedTable {
  readonly file: string;
  readonly name: string;
  readonly lines: readonly string[];
}

export async function generatedTables(): Promise<readonly GeneratedTable[]> {
  return [
    { file: 'docs/configuration.md', name: 'options', lines: optionLines() },
    { file: 'docs/metrics.md', name: 'metrics', lines: await metricLines() },
    { file: 'docs/health.md', name: 'conditions', lines: conditionLines() },
    { file: 'docs/dedup.md', name: 'demand', lines: await demandLines() },
    ...(await rulePageTables()),
  ];
}

/** The text of a file with a table put in its place. */
export function withTable({ file, name, lines }: GeneratedTable): {
  readonly current: string;
  readonly expected: string;
} {
  const current = readFileSync(new URL(file, root), 'utf8');
  const opening = `<!-- generated: ${name} -->\n`;
  const start = current.indexOf(opening);
  const end = current.indexOf('<!-- end -->', start);
  if (start < 0 || end < 0) throw new Error(`${file} has no place for the table ${name}`);
  const expected =
    current.slice(0, start + opening.length) +
    lines.map((line) => `${line}\n`).join('') +
    current.slice(end);
  return { current, expected };
}

async function demandLines(): Promise<readonly string[]> {
  const rules = await shippedRules();
  return demandTable(ruleSetOf(compiled(...rules.filter(({ enabled }) => enabled))));
}

function conditionLines(): readonly string[] {
  const named = Object.entries(NAMED_CONDITIONS).map(([kind, meaning]) => [
    `${kind}-NAME`,
    meaning,
  ]);
  const all = [...Object.entries(CONDITIONS), ...named] as [string, (typeof CONDITIONS)['rules']][];
  return [
    '| condition | means | when |',
    '|---|---|---|',
    ...all.map(([name, { effect, when }]) => `| \`${name}\` | ${effect} | ${when} |`),
  ];
}

function optionLines(): readonly string[] {
  const rows = OPTION_NAMES.map((name) => {
    const { choices, kind, default: fallback, help, range }: AnyOption = OPTIONS[name];
    const values = choices?.join(', ') ?? (range && `${kind}, ${range[0]} to ${range[1]}`) ?? kind;
    const shown = typeof fallback === 'object' || fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${name}\` | \`--${flagOf(name)}\` | \`${environmentNameOf(name)}\` | ${values} | ${shown} | ${help} |`;
  });
  return [
    '| in a file | flag | environment | values | default | what |',
    '|---|---|---|---|---|---|',
    ...rows,
  ];
}

async function metricLines(): Promise<readonly string[]> {
  const parts = {
    clock: new VirtualClock(),
    random: seededRandom(1),
    log: silentLogger,
    options: configFrom({ environment: {}, flags: { store: ':memory:' } }),
    metrics: new Metrics(),
    onConsolidated() {},
  };
  const store = await openEmbeddedStore(parts);
  const flow = new Flow({
    ...parts,
    store: store.profiles,
    queue: memoryQueue(parts),
    rules: ruleSetOf([]),
    hostName: '',
    sinks: [],
    onSaved() {},
    onCacheChange() {},
  });
  registerFlowMetrics(parts.metrics, flow);
  registerProgressMetrics(parts.metrics, { takeWorstLagMs: () => 0 });
  const rows = parts.metrics
    .describe()
    .map(({ name, type, help }) => `| \`${name}\` | ${type} | ${help} |`);
  return ['| metric | type | what |', '|---|---|---|', ...rows];
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const table of await generatedTables()) {
    writeFileSync(new URL(table.file, root), withTable(table).expected);
    console.log(`wrote the table ${table.name} of ${table.file}`);
  }
}
