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
const HEADER = Buffer.from(CSV_HEADER);
/** As an editor or a transfer may have left it. */
const LF_HEADER = Buffer.from(CSV_HEADER.replace('\r\n', '\n'));
const LINE_FEED = 0x0a;
/** How much is read at a time when the end of the last whole line is looked for. */
const STEP_BYTES = 64 * 1_024;
const READ_AND_APPEND = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND;

/**
 * Appends alerts to a CSV file, one line each. Delivered is what is on the disk. The file is opened for every batch:
 * one that was moved away is left alone and a new one begins, with its header. A last line that was torn by a crash
 * is removed before the next one is written, and a batch that does not fit on the disk leaves nothing behind. A file
 * that does not begin with the header is not changed.
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
    const header = await this.#headerOf(file, stat.size);
    const sizeBytes = header === undefined ? 0 : await wholeLines(file, stat.size);
    if (sizeBytes !== stat.size) await file.truncate(sizeBytes);
    const text = header === LF_HEADER ? lines.replaceAll('\r\n', '\n') : lines;
    try {
      await file.appendFile(header === undefined ? CSV_HEADER + text : text);
      await file.datasync();
    } catch (reason) {
      await file.truncate(sizeBytes).catch(() => {});
      throw reason;
    }
    if (stat.size === 0) await syncFolder(dirname(this.#path));
  }

  /** What the file begins with; undefined: with nothing, or with a part of our header and no more. */
  async #headerOf(file: FileHandle, sizeBytes: number): Promise<Buffer | undefined> {
    const begin = await readAt(file, 0, Math.min(sizeBytes, HEADER.length));
    for (const header of [HEADER, LF_HEADER]) {
      if (begin.subarray(0, header.length).equals(header)) return header;
    }
    const isTornHeader = sizeBytes < HEADER.length && begin.equals(HEADER.subarray(0, sizeBytes));
    if (isTornHeader) return undefined;
    throw this.#notOurs(`a file that begins with ${CSV_HEADER.trim()}`);
  }

  /** Not final: whoever moves the file away makes room for ours. */
  #notOurs(expected: string): AgentError {
    return deliveryError(`${this.name}: ${this.#path}: expected ${expected}`, {});
  }
}

/** How many bytes at the beginning are whole lines: no cell of ours contains a line feed. */
async function wholeLines(file: FileHandle, sizeBytes: number): Promise<number> {
  for (let end = sizeBytes; end > 0; ) {
    const start = Math.max(0, end - STEP_BYTES);
    const at = (await readAt(file, start, end - start)).lastIndexOf(LINE_FEED);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** Rejects rather than give fewer bytes: what is taken for torn is removed. */
async function readAt(file: FileHandle, position: number, sizeBytes: number): Promise<Buffer> {
  const bytes = Buffer.alloc(sizeBytes);
  for (let got = 0; got < sizeBytes; ) {
    const { bytesRead } = await file.read(bytes, got, sizeBytes - got, position + got);
    if (bytesRead === 0) throw deliveryError('the file became shorter while it was read', {});
    got += bytesRead;
  }
  return bytes;
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
