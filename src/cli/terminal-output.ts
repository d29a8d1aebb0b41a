import { fstatSync, writeSync } from 'node:fs';

/** Standard output as this process writes to it. */
export interface TerminalOutput {
  /** Settles when the operating system has all of the text; rejects when it does not take a part of it. */
  write(text: string): Promise<void>;
  /** True while what was written waits for its reader. */
  isFull(): boolean;
}

const STDOUT_FD = 1;
const LINE_FEED = 0x0a;

/** The one of this process: a file or a device by {@link FileOutput}, whatever has a reader by its stream. */
export function processOutput(stream: NodeJS.WriteStream): TerminalOutput {
  const stat = fstatSync(STDOUT_FD);
  const hasReader = stream.isTTY || stat.isFIFO() || stat.isSocket();
  if (!hasReader) return new FileOutput((bytes) => writeSync(STDOUT_FD, bytes));
  return {
    isFull: () => stream.writableNeedDrain,
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (reason) => (reason ? reject(reason) : resolve()));
      }),
  };
}

/**
 * Writes to a file at once. Node's own stream takes a write that a full disk cut short for a whole one; here
 * the rest is written too, or the write fails and the next one begins on a line of its own.
 */
export class FileOutput implements TerminalOutput {
  readonly #writeSome: (bytes: Uint8Array) => number;
  #isTorn = false;

  /** `writeSome` gives how many bytes it wrote, at least one, or throws. */
  constructor(writeSome: (bytes: Uint8Array) => number) {
    this.#writeSome = writeSome;
  }

  isFull(): boolean {
    return false;
  }

  async write(text: string): Promise<void> {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    let written = 0;
    try {
      while (written < bytes.length) written += this.#writeSome(bytes.subarray(written));
    } finally {
      if (written > 0) {
        this.#isTorn = written < bytes.length && bytes[written - 1] !== LINE_FEED;
      }
    }
  }
}
