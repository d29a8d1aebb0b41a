import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import type { AlertSink } from '../alert-sink.ts';
import { deliveryError } from '../delivery-error.ts';
import { CSV_HEADER, csvLine } from './csv-line.ts';

/** A {@link CsvSink} and its file. */
export interface CsvSinkOptions {
  readonly name: string;
  readonly path: string;
  readonly alertsPerMinute?: number | undefined;
}

const BATCH_SIZE = 100;
const LINE_END = Buffer.from('\r\n');
/** How much is read at a time when the end of the last whole line is looked for. */
const STEP_BYTES = 64 * 1_024;
const READ_AND_APPEND = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND;

/**
 * Appends alerts to a CSV file, one line each. Delivered is what is on the disk. The file is opened for every batch:
 * one that was moved away is left alone and a new one begins, with its header. A last line that was torn by a crash
 * is removed before the next one is written, and a batch that does not fit on the disk leaves nothing behind.
 */
export class CsvSink implements AlertSink {
  readonly name: string;
  readonly batchSize = BATCH_SIZE;
  readonly alertsPerMinute?: number;
  readonly #path: string;

  constructor({ name, path, alertsPerMinute }: CsvSinkOptions) {
    this.name = name;
    this.#path = path;
    if (alertsPerMinute !== undefined) this.alertsPerMinute = alertsPerMinute;
  }

  async deliver(alerts: readonly Alert[]): Promise<void> {
    try {
      const file = await open(this.#path, READ_AND_APPEND, 0o600);
      try {
        await this.#append(file, alerts.map(csvLine).join(''));
      } finally {
        await file.close();
      }
    } catch (reason) {
      if (reason instanceof AgentError) throw reason;
      const { message } = AgentError.from(reason);
      throw deliveryError(`${this.name}: ${message}`, { cause: reason });
    }
  }

  async close(): Promise<void> {}

  async #append(file: FileHandle, lines: string): Promise<void> {
    const stat = await file.stat();
    if (!stat.isFile()) throw this.#notOurs('a regular file');
    const sizeBytes = await wholeLines(file, stat.size);
    if (sizeBytes !== stat.size) await file.truncate(sizeBytes);
    if (sizeBytes > 0) await this.#checkHeader(file);
    try {
      await file.appendFile(sizeBytes === 0 ? CSV_HEADER + lines : lines);
      await file.datasync();
    } catch (reason) {
      await file.truncate(sizeBytes).catch(() => {});
      throw reason;
    }
    if (stat.size === 0) await syncFolder(dirname(this.#path));
  }

  async #checkHeader(file: FileHandle): Promise<void> {
    const expected = Buffer.from(CSV_HEADER);
    const begin = Buffer.alloc(expected.length);
    await file.read(begin, 0, begin.length, 0);
    if (!begin.equals(expected))
      throw this.#notOurs(`a file that begins with ${CSV_HEADER.trim()}`);
  }

  /** Not final: whoever moves the file away makes room for ours. */
  #notOurs(expected: string): AgentError {
    return deliveryError(`${this.name}: ${this.#path}: expected ${expected}`, {});
  }
}

/** How many bytes at the beginning are whole lines. */
async function wholeLines(file: FileHandle, sizeBytes: number): Promise<number> {
  for (let end = sizeBytes; end > 0; ) {
    // One byte more than a step, for a line end that stands across two.
    const start = Math.max(0, end - STEP_BYTES);
    const part = Buffer.alloc(Math.min(sizeBytes, end + 1) - start);
    await file.read(part, 0, part.length, start);
    const at = part.lastIndexOf(LINE_END);
    if (at >= 0) return start + at + LINE_END.length;
    end = start;
  }
  return 0;
}

/** So that a new file is still there after a crash. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
