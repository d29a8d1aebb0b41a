/** What a command reads from and writes to; tests pass one of their own. */
export interface Terminal {
  /** Standard output. */
  write(text: string): void;
  /** Standard error. */
  writeError(text: string): void;
  /** Standard output is a terminal that shows colour. */
  readonly hasColour: boolean;
  /** Standard error is a terminal: a person reads along. */
  readonly isInteractive: boolean;
}

/** The terminal of this process. `noColour` is the value of NO_COLOR (no-color.org). */
export function processTerminal(noColour: string | undefined): Terminal {
  return {
    write: (text) => {
      process.stdout.write(text);
    },
    writeError: (text) => {
      process.stderr.write(text);
    },
    hasColour: process.stdout.isTTY === true && !noColour,
    isInteractive: process.stderr.isTTY === true,
  };
}
