import { type Check, examine } from '#agent/doctor.js';
import type { AgentOptions } from '#agent/options.js';
import { EXIT } from '../exit-code.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';

/** `hullwatch doctor`: exit status 1 when something that `hullwatch run` needs is missing. */
export async function runDoctor({
  options,
  asJson,
  terminal,
}: {
  readonly options: AgentOptions;
  readonly asJson: boolean;
  readonly terminal: Terminal;
}): Promise<number> {
  const checks = await untilStopped((signal) => examine(options, signal));
  terminal.write(asJson ? `${JSON.stringify(checks, null, 2)}\n` : formatChecks(checks));
  return checks.some(({ ok }) => ok === false) ? EXIT.failed : EXIT.ok;
}

/** One line a check, its mending below it, and a verdict at the end. */
export function formatChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, ok, detail, fix }) => {
    const mark = ok === 'unknown' ? '?' : ok ? '✓' : '✗';
    const line = `${mark} ${name.padEnd(width)}  ${detail}`;
    return fix === undefined || ok === true ? [line] : [line, `  ${' '.repeat(width)}  → ${fix}`];
  });
  const missing = checks.filter(({ ok }) => ok === false).length;
  const verdict =
    missing === 0
      ? 'This machine can run "hullwatch run".'
      : `${missing} ${missing === 1 ? 'thing is' : 'things are'} missing for "hullwatch run".`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
