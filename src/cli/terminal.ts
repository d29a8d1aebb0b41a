/** What a command reads from and writes to; tests pass one of their own. */
export interface Terminal {
  /** Standard output. What does not fit is kept in memory until it does. */
  write(text: string): void;
  /** Standard error. */
  writeError(text: string): void;
  /** True while what was written to standard output waits for its reader. */
  isFull(): boolean;
  /** Settles when standard output has room again. */
  emptied(): Promise<void>;
  /** Standard output is a terminal that shows colour. */
  readonly hasColour: boolean;
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
    isFull: () => process.stdout.writableNeedDrain,
    emptied: () =>
      new Promise((resolve) => {
        process.stdout.once('drain', () => resolve());
      }),
    hasColour: process.stdout.isTTY === true && !noColour,
  };
}
