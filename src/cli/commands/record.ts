import type { AgentOptions } from '#agent/options.js';
import { recordSession } from '#agent/record-session.js';
import { systemClock } from '#runtime/clock.js';
import { parseDuration } from '#runtime/duration.js';
import { EXIT } from '../exit-code.ts';
import { untilStopped } from '../stop-signal.ts';
import type { Terminal } from '../terminal.ts';
import { textLogger } from '../text-log.ts';

/** `hullwatch record`: gives the exit status. */
export async function runRecord({
  file,
  duration,
  options,
  terminal,
}: {
  readonly file: string;
  readonly duration: unknown;
  readonly options: AgentOptions;
  readonly terminal: Terminal;
}): Promise<number> {
  const log = textLogger(options.logLevel, (text) => terminal.writeError(text));
  const durationMs =
    typeof duration === 'string' ? parseDuration(duration, '--duration') : undefined;
  let cancelStop = () => {};
  const { entries, dropped } = await untilStopped((signal, stop) =>
    recordSession({
      file,
      options,
      log,
      signal,
      onReady: () => {
        terminal.writeError(`recording into ${file}; Ctrl-C ends it\n`);
        if (durationMs !== undefined) cancelStop = systemClock.schedule(durationMs, stop);
      },
    }),
  ).finally(() => cancelStop());
  terminal.writeError(
    `${entries} entries in ${file}${dropped > 0 ? `, ${dropped} dropped: the disk was too slow` : ''}\n`,
  );
  return dropped > 0 ? EXIT.damaged : EXIT.ok;
}
