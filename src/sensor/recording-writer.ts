import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { AgentError } from '#model/agent-error.js';
import { redactArguments, redactText } from '#profile/redact.js';
import { redactHeaders, redactUrl } from '#profile/redact-url.js';
import { RECORDING_VERSION, type RecordingEntry } from './recording-entry.ts';

/** At most this much may wait for a slow disk before entries are dropped and counted. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Writes a recording. Secrets in arguments, in HTTP requests and in what is mounted are redacted before they reach the file. */
export class RecordingWriter {
  readonly #stream: WriteStream;
  readonly #path: string;
  readonly #now: () => number;
  #failure: unknown;
  #entries = 0;
  #dropped = 0;

  private constructor(path: string, stream: WriteStream, now: () => number) {
    this.#path = path;
    this.#stream = stream;
    this.#now = now;
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
  }

  /** Opens the file, which must not exist yet. Rejects with `invalid` when it does, `unavailable` when it cannot be made. */
  static async create(
    path: string,
    { agentVersion, now }: { readonly agentVersion: string; readonly now: () => number },
  ): Promise<RecordingWriter> {
    const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    await new Promise<void>((resolve, reject) => {
      stream.once('open', () => resolve());
      stream.once('error', (error: NodeJS.ErrnoException) => {
        const exists = error.code === 'EEXIST';
        const message = exists ? 'exists already' : error.message;
        reject(
          new AgentError(exists ? 'invalid' : 'unavailable', `recording ${path}: ${message}`, {
            cause: error,
          }),
        );
      });
    });
    const writer = new RecordingWriter(path, stream, now);
    writer.#line({ type: 'recording', version: RECORDING_VERSION, agentVersion, timeMs: now() });
    return writer;
  }

  /** Entries written so far. */
  get entries(): number {
    return this.#entries;
  }

  /** Entries that a disk too slow made it give up. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Nothing more can be written; {@link close} tells why. */
  get isBroken(): boolean {
    return this.#failure !== undefined;
  }

  write(entry: RecordingEntry): void {
    if (this.#failure !== undefined || this.#stream.writableLength > MAX_WAITING_BYTES) {
      this.#dropped += 1;
      return;
    }
    this.#entries += 1;
    this.#line(redacted(entry));
  }

  /** Ends without a last line and removes the file. */
  async discard(): Promise<void> {
    this.#stream.destroy();
    await rm(this.#path, { force: true });
  }

  /** Writes the last line and waits until all is on disk. Rejects with `unavailable` when it is not. */
  async close(): Promise<void> {
    if (this.#failure === undefined) {
      this.#line({ type: 'end', timeMs: this.#now(), entries: this.#entries });
      this.#stream.end();
      await finished(this.#stream).catch((error: unknown) => {
        this.#failure ??= error;
      });
    }
    if (this.#failure !== undefined) {
      const { message } = AgentError.from(this.#failure);
      throw new AgentError('unavailable', `recording ${this.#path}: ${message}`, {
        cause: this.#failure,
      });
    }
  }

  #line(value: unknown): void {
    this.#stream.write(`${JSON.stringify(value)}\n`);
  }
}

function redacted(entry: RecordingEntry): RecordingEntry {
  switch (entry.type) {
    case 'exec':
      return { ...entry, args: redactArguments(entry.args) };
    case 'http':
      return {
        ...entry,
        url: redactUrl(entry.url),
        headers: redactHeaders(entry.headers),
        ...(entry.body !== undefined && { body: redactText(entry.body) }),
      };
    case 'mount':
      return { ...entry, source: redactUrl(entry.source) };
    default:
      return entry;
  }
}
