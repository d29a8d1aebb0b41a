import { AgentError } from '#model/agent-error.js';
import { EXIT } from './exit-code.ts';
import { processOutput } from './terminal-output.ts';

/** What a command reads from and writes to; tests pass one of their own. */
export interface Terminal {
  /** Standard output. What does not fit is kept in memory until it does. */
  write(text: string): void;
  /** Standard error. What cannot be written there is lost. */
  writeError(text: string): void;
  /** True while what was written to standard output waits for its reader. */
  isFull(): boolean;
  /**
   * Settles when the operating system has all of the last text that was written to standard output. Rejects with
   * `unavailable` when it did not take it whole.
   */
  emptied(): Promise<void>;
  /**
   * Whoever calls this deals with what standard output does not take; `isGone`: nobody reads it any more.
   * Otherwise a reader that went away asks the process to end, and any other failure is told and makes the
   * exit status 1.
   */
  readonly onFailure?: (act: (failure: { readonly isGone: boolean }) => void) => void;
  /** Standard output is a terminal that shows colour. */
  readonly hasColour: boolean;
}

/** The terminal of this process, of which there is one. `noColour` is the value of NO_COLOR (no-color.org). */
export function processTerminal(noColour: string | undefined): Terminal {
  const { stdout, stderr } = process;
  const output = processOutput(stdout);
  const writeError = (text: string) => {
    stderr.write(text);
  };
  let act = endAfterFailure(writeError);
  let last = Promise.resolve();
  // Each failed write has its own reason, too; without listeners they would end the process.
  stdout.on('error', () => {});
  stderr.on('error', () => {});
  return {
    write: (text) => {
      last = output.write(text).catch((reason: NodeJS.ErrnoException) => {
        const { code, message } = reason;
        act({ isGone: code === 'EPIPE', message });
        throw new AgentError('unavailable', `standard output: ${message}`, { cause: reason });
      });
      // Told by `act`; whoever also wants to wait asks for `emptied`.
      last.catch(() => {});
    },
    writeError,
    isFull: () => output.isFull(),
    emptied: () => last,
    onFailure: (given) => {
      act = given;
    },
    hasColour: stdout.isTTY === true && !noColour,
  };
}

type Act = (failure: { readonly isGone: boolean; readonly message: string }) => void;

/** What a command does that says nothing else: `hullwatch replay … | head` ends as at a request to stop. */
function endAfterFailure(writeError: (text: string) => void): Act {
  let isTold = false;
  return ({ isGone, message }) => {
    if (isGone) {
      // Who listens ends in order; of the others nobody would want to hear "Terminated".
      if (process.listenerCount('SIGTERM') === 0) process.exit(EXIT.ok);
      process.kill(process.pid, 'SIGTERM');
      return;
    }
    if (isTold) return;
    isTold = true;
    writeError(`hullwatch: standard output: ${message}\n`);
    process.once('exit', () => {
      process.exitCode ||= EXIT.failed;
    });
  };
}
