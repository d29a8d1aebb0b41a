import { type AlertComparison, compareAlerts } from '#agent/alert-comparison.js';
import { alertList } from '#agent/alert-output.js';
import { silentNarration } from '#agent/live-agent.js';
import type { AgentOptions } from '#agent/options.js';
import { replay } from '#agent/replay.js';
import type { Alert } from '#model/alert.js';
import { EXIT } from '../exit-code.ts';
import { oneLine } from '../one-line.ts';
import type { AlertOutput } from '../program-parts.ts';
import type { Terminal } from '../terminal.ts';
import { type Colour, painted } from '../text-table.ts';
import { replayLog } from './replay-log.ts';
import { problemLines } from './replay-problems.ts';

/** What `hullwatch replay --compare` is asked for. */
export interface ReplayComparisonOptions {
  readonly file: string;
  readonly profiles: readonly string[];
  readonly options: AgentOptions;
  /** Rules of the second run; absent: those of the first. */
  readonly compare?: readonly string[] | undefined;
  /** Profiles of the second run; absent: those of the first. */
  readonly compareProfiles?: readonly string[] | undefined;
  readonly output: AlertOutput;
  readonly terminal: Terminal;
}

/**
 * `hullwatch replay --compare`: replays twice and tells which alerts come, go and change with the other rules or
 * profiles. Settles with 1 when there are any, with 3 when something given could not be used. Rejects as `replay` does.
 */
export async function runReplayComparison(given: ReplayComparisonOptions): Promise<number> {
  const { profiles, options, compare, compareProfiles, output, terminal } = given;
  const before = await alertsOf(given, options, profiles);
  const otherOptions = compare === undefined ? options : { ...options, rules: compare };
  const after = await alertsOf(given, otherOptions, compareProfiles ?? profiles);
  const problems = [...new Set([...before.problems, ...after.problems])];
  for (const line of problems) terminal.writeError(`${line}\n`);
  const comparison = compareAlerts(before.alerts, after.alerts);
  terminal.write(
    output !== 'pretty'
      ? `${JSON.stringify(comparison, null, 2)}\n`
      : comparisonText(comparison, terminal.hasColour),
  );
  if (problems.length > 0) return EXIT.damaged;
  const { come, go, change } = comparison;
  return come.length + go.length + change.length === 0 ? EXIT.ok : EXIT.failed;
}

async function alertsOf(
  { file, terminal }: ReplayComparisonOptions,
  options: AgentOptions,
  profiles: readonly string[],
): Promise<{ readonly alerts: readonly Alert[]; readonly problems: readonly string[] }> {
  const { sink, alerts } = alertList();
  const outcome = await replay({
    file,
    profiles,
    options,
    log: replayLog(options, terminal),
    sinks: [sink],
    narrate: () => silentNarration,
  });
  return { alerts, problems: problemLines(file, outcome) };
}

function comparisonText({ come, go, change, same }: AlertComparison, hasColour: boolean): string {
  const line = (sign: string, alert: Alert, colour: Colour) =>
    `${painted({ text: `${sign} ${oneLine(titleOf(alert))}`, colour }, hasColour)}\n`;
  const changes = change.map(({ before, after, fields }) => {
    const told = fields.map((field) => `    ${field}: ${before[field]} → ${after[field]}`);
    return `${line('~', after, 'yellow')}${told.map((each) => `${oneLine(each)}\n`).join('')}`;
  });
  const counts = `${come.length} come, ${go.length} go, ${change.length} change, ${same} stay the same\n`;
  return [
    ...come.map((alert) => line('+', alert, 'green')),
    ...go.map((alert) => line('-', alert, 'red')),
    ...changes,
    counts,
  ].join('');
}

function titleOf({ timestamp, ruleID, podName, containerName, message }: Alert): string {
  const where = podName === undefined ? containerName : `${podName}/${containerName}`;
  return `${timestamp} ${ruleID} ${where}: ${message}`;
}
