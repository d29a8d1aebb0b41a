import { AgentError } from '#model/agent-error.js';

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines without reading any byte twice. What follows the last newline waits. */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #sizeBytes = 0;

  /** @param maxBytes of one line; a longer one is refused */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of the line that is not whole yet. */
  get waitingBytes(): number {
    return this.#sizeBytes;
  }

  /** The lines that are whole now, without empty ones. Throws `exhausted` at a line above the bound. */
  push(chunk: Uint8Array): readonly string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      start = end + 1;
      const line = this.#take();
      if (line.trim() !== '') lines.push(line);
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#sizeBytes += part.length;
    if (this.#sizeBytes > this.#maxBytes) {
      throw new AgentError('exhausted', `expected lines of at most ${this.#maxBytes} bytes`);
    }
    this.#parts.push(part);
  }

  #take(): string {
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#sizeBytes = 0;
    return bytes === undefined
      ? ''
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
  }
}
