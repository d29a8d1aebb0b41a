import { stat } from 'node:fs/promises';
import { AgentError, type ErrorCode } from '#model/agent-error.js';
import { RECORDING_VERSION, type RecordingEntry, type RecordingHeader } from './recording-entry.ts';
import { type Line, readLines } from './recording-lines.ts';
import { parseHeader, parseLine } from './recording-schema.ts';
import { RecordingTimes } from './recording-times.ts';

/** What was wrong with a recording that could be used all the same. */
export interface RecordingProblem {
  /** From 1; 0 when it concerns the file as a whole. */
  readonly line: number;
  readonly problem: string;
}

/** Reads one recording, once. */
export class RecordingReader {
  readonly #path: string;
  readonly #problems: RecordingProblem[] = [];
  readonly #times = new RecordingTimes();
  #header: RecordingHeader | undefined;
  #damagedLines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The first line; undefined before reading began. */
  get header(): RecordingHeader | undefined {
    return this.#header;
  }

  /** What was wrong, at most the first hundred. Complete once {@link entries} has ended. */
  get problems(): readonly RecordingProblem[] {
    return this.#problems;
  }

  /** How many lines could not be used. */
  get damagedLines(): number {
    return this.#damagedLines;
  }

  /**
   * Every entry in the order of the file. A line that cannot be understood comes as a `damaged`
   * record at the time of the entry before it. A leap of time is taken out and reported, see
   * {@link RecordingTimes}. Throws `not-found` when there is no such file, `unavailable` when it cannot
   * be read, `invalid` when it is empty, no recording, or of another version.
   */
  async *entries(): AsyncGenerator<RecordingEntry> {
    await this.#check();
    let last = 0;
    let ended = false;
    let entries = 0;
    for await (const { number, text } of this.#lines()) {
      last = number;
      if (number === 1) {
        this.#header = this.#readHeader(text ?? '');
        this.#times.begin(this.#header.timeMs);
        continue;
      }
      if (text === '') continue;
      const parsed = text === undefined ? { problem: 'is far too long' } : parseLine(text);
      if ('problem' in parsed) {
        entries += 1;
        yield this.#damaged(number, parsed.problem);
      } else if (parsed.value.type === 'end') {
        ended = true;
        this.#checkEnd(number, parsed.value.entries, entries);
      } else {
        entries += 1;
        yield this.#timed(number, parsed.value);
      }
    }
    if (!ended) this.#report(0, `stops after line ${last} without its last line: it was cut short`);
  }

  #timed(line: number, entry: RecordingEntry): RecordingEntry {
    const { timeMs, leapMs } = this.#times.next(entry.timeMs);
    if (leapMs !== 0) this.#reportLeap(line, leapMs);
    return timeMs === entry.timeMs ? entry : { ...entry, timeMs };
  }

  #damaged(line: number, problem: string): RecordingEntry {
    this.#damagedLines += 1;
    this.#report(line, problem);
    return { type: 'damaged', timeMs: this.#times.lastMs, reason: `line ${line}: ${problem}` };
  }

  /** The lines of the file; what keeps it from being read is told with the file's name. */
  async *#lines(): AsyncGenerator<Line> {
    try {
      yield* readLines(this.#path);
    } catch (error) {
      throw this.#unreadable('unavailable', error);
    }
  }

  async #check(): Promise<void> {
    const found = await stat(this.#path).catch((error: unknown) => {
      throw this.#unreadable('not-found', error);
    });
    if (!found.isFile()) throw this.#unusable('is not a regular file');
    if (found.size === 0) throw this.#unusable('is empty');
  }

  #readHeader(text: string): RecordingHeader {
    const parsed = parseHeader(text);
    if ('problem' in parsed) {
      throw this.#unusable(
        `line 1: ${parsed.problem}; expected a first line like {"type":"recording","version":${RECORDING_VERSION},…}`,
      );
    }
    if (parsed.value.version !== RECORDING_VERSION) {
      throw this.#unusable(
        `has version ${parsed.value.version}; this release reads version ${RECORDING_VERSION}`,
      );
    }
    return parsed.value;
  }

  #checkEnd(line: number, promised: number, found: number): void {
    if (promised === found) return;
    this.#report(line, `promises ${promised} entries, but ${found} stand before it`);
  }

  #reportLeap(line: number, leapMs: number): void {
    const hours = Math.round(Math.abs(leapMs) / 3_600_000);
    const where = leapMs > 0 ? 'after' : 'before';
    this.#report(
      line,
      `its time lies ${hours} hours ${where} that of the line before it; it is taken as the same time`,
    );
  }

  #report(line: number, problem: string): void {
    if (this.#problems.length < 100) this.#problems.push({ line, problem });
  }

  #unreadable(code: ErrorCode, cause: unknown): AgentError {
    const { message } = AgentError.from(cause);
    return new AgentError(code, `recording ${this.#path}: cannot be read (${message})`, { cause });
  }

  #unusable(problem: string): AgentError {
    return new AgentError('invalid', `recording ${this.#path}: ${problem}`);
  }
}
