import type { AgentOptions } from '#agent/options.js';
import type { Logger } from '#runtime/log.js';
import type { Terminal } from '../terminal.ts';
import { textLogger } from '../text-log.ts';

/** The log of a replay, on standard error: what is usual in a live agent is left out unless it is asked for. */
export function replayLog(
  { logLevel }: Pick<AgentOptions, 'logLevel'>,
  terminal: Terminal,
): Logger {
  const level = logLevel === 'info' ? 'warn' : logLevel;
  return textLogger(level, (text) => terminal.writeError(text));
}
