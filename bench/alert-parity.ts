// node --conditions=source bench/alert-parity.ts [--write]: runs the same recordings through the profile
// cache and through the older design of two caches, and compares the alerts. Ends with 1 when they differ
// otherwise than is meant. `--write` writes docs/alert-parity.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadRules } from '../src/agent/load-rules.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import { type Comparison, compareStory } from './parity/compare.ts';
import { DIFFERENCES, type Difference } from './parity/differences.ts';
import { LIFE_STORIES } from './parity/life-stories.ts';
import type { ParityStory } from './parity/parity-story.ts';
import { QUESTION_STORIES } from './parity/question-stories.ts';
import { randomStory } from './parity/random-story.ts';
import { printTable } from './tables.ts';

/** The report that people read. */
export const PARITY_REPORT = new URL('../docs/alert-parity.md', import.meta.url);
/** All that both designs are run with. */
export const PARITY_STORIES: readonly ParityStory[] = [...LIFE_STORIES, ...QUESTION_STORIES];

/** Beside them, random ones in which nothing may differ. */
export const RANDOM_STORIES: readonly ParityStory[] = Array.from({ length: 100 }, (_, i) =>
  randomStory(i + 1),
);

/** A story and how it went. */
export interface StoryOutcome {
  readonly story: ParityStory;
  readonly comparison: Comparison;
  /** What differs otherwise than is meant; empty when all is as it should be. */
  readonly problems: readonly string[];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const outcomes = await compareAlerts();
  if (process.argv.includes('--write')) writeFileSync(PARITY_REPORT, parityReport(outcomes));
}

/** How the stories went, and what the random ones came to. */
export interface ParityOutcomes {
  readonly told: readonly StoryOutcome[];
  readonly random: readonly StoryOutcome[];
}

/** Runs all stories. */
export async function runAllStories(): Promise<ParityOutcomes> {
  return { told: await runStories(PARITY_STORIES), random: await runStories(RANDOM_STORIES) };
}

/** Runs all stories, prints what came of it, and sets the exit code when something is not as meant. */
export async function compareAlerts(): Promise<ParityOutcomes> {
  const outcomes = await runAllStories();
  printTable(
    'Alert parity with the two caches',
    ['story', 'alerts alike', 'only ours', 'only the older', 'as meant'],
    [...outcomes.told.map((outcome) => rowOf(outcome.story.name, [outcome])), randomRow(outcomes)],
  );
  const problems = [
    ...[...outcomes.told, ...outcomes.random].flatMap(({ story, problems: own }) =>
      own.map((problem) => `${story.name}: ${problem}`),
    ),
    ...unshownDifferences(),
  ];
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) process.exitCode = 1;
  return outcomes;
}

function randomRow({ random }: ParityOutcomes): readonly string[] {
  return rowOf(`${random.length} random stories`, random);
}

function rowOf(name: string, outcomes: readonly StoryOutcome[]): readonly string[] {
  const sum = (count: (comparison: Comparison) => number) =>
    String(outcomes.reduce((total, { comparison }) => total + count(comparison), 0));
  return [
    name,
    sum(({ same }) => same),
    sum(({ onlyOurs }) => onlyOurs.length),
    sum(({ onlyOlder }) => onlyOlder.length),
    outcomes.every(({ problems }) => problems.length === 0) ? 'yes' : 'NO',
  ];
}

/** The stories tell of programs and files: one rule for each, so that an act is one alert at most. */
async function rulesOfStories(): Promise<RuleSet> {
  const { rules: set } = await loadRules([]);
  const ids = ['R0001', 'R0002'];
  return { ...set, rules: set.rules.filter(({ rule }) => ids.includes(rule.id)) };
}

/** Runs every story through both designs. */
async function runStories(stories: readonly ParityStory[]): Promise<readonly StoryOutcome[]> {
  const rules = await rulesOfStories();
  const outcomes: StoryOutcome[] = [];
  for (const story of stories) {
    const comparison = await compareStory(story, rules);
    outcomes.push({ story, comparison, problems: problemsOf(story, comparison) });
  }
  return outcomes;
}

/** Differences that are listed and that no story shows. */
export function unshownDifferences(): readonly string[] {
  const shown = new Set(
    PARITY_STORIES.flatMap(({ differences }) => differences.map(({ why }) => why)),
  );
  return Object.keys(DIFFERENCES)
    .filter((difference) => !shown.has(difference as Difference))
    .map((difference) => `no story shows the difference ${difference}`);
}

function problemsOf(
  { differences }: ParityStory,
  { onlyOurs, onlyOlder }: Comparison,
): readonly string[] {
  return [
    ...unequal(
      'only ours',
      onlyOurs,
      differences.flatMap(({ ours = [] }) => ours),
    ),
    ...unequal(
      'only the older',
      onlyOlder,
      differences.flatMap(({ older = [] }) => older),
    ),
  ];
}

/** What is found and not meant, or meant and not found. */
function unequal(
  who: string,
  found: readonly string[],
  meant: readonly string[],
): readonly string[] {
  const missing = [...meant];
  const unexpected = found.filter((alert) => {
    const at = missing.indexOf(alert);
    if (at >= 0) missing.splice(at, 1);
    return at < 0;
  });
  return [
    ...unexpected.map((alert) => `${who}, and not meant: ${alert}`),
    ...missing.map((alert) => `meant and not found, ${who}: ${alert}`),
  ];
}

/** The report as it stands in the file. */
export function writtenReport(): string {
  return readFileSync(PARITY_REPORT, 'utf8');
}

/** The report that these outcomes give. */
export function parityReport({ told: outcomes, random }: ParityOutcomes): string {
  const alike = alikeIn([...outcomes, ...random]);
  const rows = outcomes.map(
    ({ story, comparison: { same, onlyOurs, onlyOlder } }) =>
      `| ${story.name} | ${story.tells} | ${same} | ${onlyOurs.length} | ${onlyOlder.length} |`,
  );
  return `# Alert parity with the older design

The profile cache replaces two caches keyed by workload, one of ApplicationProfiles and one of NetworkNeighborhoods. This page says where it
alerts like them and where it means not to. It is written by \`node --conditions=source bench/alert-parity.ts --write\`, and
\`test/scenarios/alert-parity.test.ts\` holds it to what the code does.

The same recordings go through the agent twice: the same stages, rules, store and clock, once with the profile cache and once with
\`bench/baseline/two-caches/two-caches.ts\`, which is the older design written plainly (the README beside it says how it behaves). Alerts are compared one by
one, every field but two: name and checksum of the profile, which are the container's here and were the workload's there. What only ours
tells (the nearest entry, and which source allowed what) is left out. Every alert counts: nothing is held back as a repeat.

${alike} alerts are alike. Those that differ are all meant, for one of the reasons below; any other difference fails the test.

| story | what happens | alike | only ours | only the older |
|---|---|---|---|---|
${rows.join('\n')}
| ${random.length} random stories | Random profiles, overlays, restarts and deletions, with time to notice and without what is meant to differ. | ${alikeIn(random)} | 0 | 0 |

${differenceSections(outcomes).join('\n\n')}
`;
}

function alikeIn(outcomes: readonly StoryOutcome[]): number {
  return outcomes.reduce((sum, { comparison }) => sum + comparison.same, 0);
}

function differenceSections(outcomes: readonly StoryOutcome[]): readonly string[] {
  return Object.entries(DIFFERENCES).map(([difference, reason]) => {
    const shown = outcomes.flatMap(({ story }) =>
      story.differences
        .filter(({ why }) => why === difference)
        .flatMap(({ ours = [], older = [] }) => [
          ...ours.map((alert) => `- *${story.name}*, only ours: \`${alert}\``),
          ...older.map((alert) => `- *${story.name}*, only the older: \`${alert}\``),
        ]),
    );
    return [`## ${difference}`, '', reason, '', ...shown].join('\n');
  });
}
