const NEWLINE = 0x0a;

/** One line of a stream, without its end; `text` is undefined when it was longer than a line may be. */
export interface ChunkLine {
  /** From 1, counting empty ones. */
  readonly number: number;
  readonly text: string | undefined;
}

/** Cuts a stream of bytes into lines. Of a line that is too long nothing is kept; the next newline ends it. */
export class ChunkLines {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #sizeBytes = 0;
  #isTooLong = false;
  #number = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The lines that `chunk` ends; its bytes may be used for something else afterwards. */
  push(chunk: Uint8Array): readonly ChunkLine[] {
    const lines: ChunkLine[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end));
      lines.push(this.#take());
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
    return lines;
  }

  /** The stream has ended: what there is of a last line, if there is any. */
  end(): readonly ChunkLine[] {
    return this.#sizeBytes > 0 || this.#isTooLong ? [this.#take()] : [];
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0 || this.#isTooLong) return;
    this.#sizeBytes += part.length;
    if (this.#sizeBytes <= this.#maxBytes) {
      this.#parts.push(Buffer.from(part));
      return;
    }
    this.#isTooLong = true;
    this.#parts = [];
  }

  #take(): ChunkLine {
    const text = this.#isTooLong ? undefined : Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#sizeBytes = 0;
    this.#isTooLong = false;
    this.#number += 1;
    return { number: this.#number, text };
  }
}
