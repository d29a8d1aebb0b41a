import { stdoutSink } from '#agent/alert-output.js';
import { silentNarration } from '#agent/live-agent.js';
import type { AgentOptions } from '#agent/options.js';
import { replay } from '#agent/replay.js';
import { formatSummary } from '#agent/summary.js';
import { EXIT } from '../exit-code.ts';
import { narrator } from '../narrator.ts';
import type { AlertOutput } from '../program-parts.ts';
import type { Terminal } from '../terminal.ts';
import { replayLog } from './replay-log.ts';
import { problemLines } from './replay-problems.ts';

/** `hullwatch replay`: alerts to standard output; in the pretty form with what led to them. */
export async function runReplay({
  file,
  profiles,
  options,
  output,
  terminal,
}: {
  readonly file: string;
  readonly profiles: readonly string[];
  readonly options: AgentOptions;
  readonly output: AlertOutput;
  readonly terminal: Terminal;
}): Promise<number> {
  const { hasColour } = terminal;
  // Not bounded by the reader: a replay's clock does not wait, and no alert of it may be dropped.
  const write = (text: string) => {
    terminal.write(text);
  };
  const isPretty = output === 'pretty';
  const outcome = await replay({
    file,
    profiles,
    options,
    log: replayLog(options, terminal),
    sinks: [stdoutSink({ format: output, hasColour, write })],
    narrate: (now) => (isPretty ? narrator({ now, write, hasColour }) : silentNarration),
  });
  const problems = problemLines(file, outcome);
  for (const line of problems) terminal.writeError(`${line}\n`);
  const summary = `${formatSummary(outcome.summary)}\n`;
  if (isPretty)
    write(`\n${summary}\nTo watch this host instead: sudo npx hullwatch run -o pretty\n`);
  else terminal.writeError(summary);
  return problems.length > 0 ? EXIT.damaged : EXIT.ok;
}
