import { StringDecoder } from 'node:string_decoder';

const KEPT_LINES = 20;
const MAX_LINE_CHARS = 1_000;

/** Cuts a stream into lines and keeps the last 20, each of at most 1,000 characters. */
export class LastLines {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #lines: string[] = [];
  #unfinished = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(chunk: Buffer): void {
    const parts = (this.#unfinished + this.#decoder.write(chunk)).split('\n');
    this.#unfinished = (parts.pop() ?? '').slice(0, MAX_LINE_CHARS);
    for (const part of parts) this.#keep(part.slice(0, MAX_LINE_CHARS));
  }

  /** Oldest first, with what there is of a line that has not ended. */
  all(): readonly string[] {
    return this.#unfinished === '' ? this.#lines : [...this.#lines, this.#unfinished];
  }

  #keep(line: string): void {
    if (line === '') return;
    this.#lines = [...this.#lines.slice(1 - KEPT_LINES), line];
    this.#onLine(line);
  }
}
