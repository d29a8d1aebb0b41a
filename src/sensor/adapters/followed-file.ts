import { type FileHandle, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import { type FolderWatch, watchFolderOf } from './folder-watch.ts';
import type { LineInput, LineInputHooks } from './line-input.ts';

const POLL_MS = 250;
const CHUNK_BYTES = 65_536;
/** How much of what was read last is remembered, to know a file again. */
const TAIL_BYTES = 64;
const NEWLINE = 0x0a;

interface FollowedFileOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Where the first reading of a file that is there begins. Default `end`: what was written before we came is over. */
  readonly from?: 'start' | 'end';
  /** How soon a change is noticed if the system does not tell of it. Default 250 ms. */
  readonly pollMs?: number;
  /** Told that the file is not there yet, and with undefined once it is. */
  readonly onTrouble?: (trouble: string | undefined) => void;
  /** Tells of changes at once. Default: `fs.watch`. */
  readonly watch?: FolderWatch;
}

/** A file that is open, and how far it was read. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly dev: number;
  readonly ino: number;
  offset: number;
  /** The last bytes before `offset`. */
  tail: Buffer;
}

type Place = Omit<OpenFile, 'handle'>;

/**
 * Follows a file that grows, as `tail -F` does. One that is not there yet, in a folder that is, is waited for and read
 * from its start: all of it was written since we came. When another file has taken its name (rotation by renaming) and is
 * written to, the old one is read to its end first. A file that became shorter, or holds something else where we have
 * been (`copytruncate`), is read from its start, and told as a gap: what stood in it unread is gone.
 *
 * A file that takes the name and loses it again within `pollMs` is not seen.
 */
export class FollowedFile implements LineInput {
  readonly #options: FollowedFileOptions;
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  /** How far the last run came; a further run goes on there. */
  #place: Place | undefined;
  /** What was told last. */
  #trouble: string | undefined;

  constructor(options: FollowedFileOptions) {
    this.#options = options;
  }

  async read(hooks: LineInputHooks): Promise<void> {
    const { signal } = hooks;
    if (signal.aborted) return;
    const wake = new Wake(this.#options);
    let file: OpenFile | undefined;
    try {
      file = await this.#begin(wake, hooks);
      if (file === undefined) return;
      hooks.onOpen();
      while (!signal.aborted) {
        await this.#drain(file, hooks);
        const next = await this.#successor(file);
        if (next === undefined) {
          await wake.wait(signal);
          continue;
        }
        file = await this.#moveOn({ from: file, to: next }, hooks);
      }
    } finally {
      wake.close();
      if (file !== undefined) await this.#leave(file);
    }
  }

  /**
   * Opens the file for a run: at its end, or where the run before left it; one that had to be waited for at its start.
   * Undefined when `signal` aborted first.
   */
  async #begin(
    wake: Wake,
    { onGap, onChunk, signal }: LineInputHooks,
  ): Promise<OpenFile | undefined> {
    const found = await this.#openOnceThere(wake, signal);
    if (found === undefined) return undefined;
    const { file, isLate } = found;
    const place = this.#place;
    if (place === undefined) {
      if (!isLate && this.#options.from !== 'start') await this.#skipToEnd(file, onChunk);
    } else if (place.dev === file.dev && place.ino === file.ino) {
      file.offset = place.offset;
      file.tail = place.tail;
    } else {
      onGap('another file has its name since it was read last');
    }
    return file;
  }

  async #leave({ handle, ...place }: OpenFile): Promise<void> {
    this.#place = place;
    await handle.close().catch(() => {});
  }

  async #openOnceThere(
    wake: Wake,
    signal: AbortSignal,
  ): Promise<{ readonly file: OpenFile; readonly isLate: boolean } | undefined> {
    const { path } = this.#options;
    for (let isLate = false; !signal.aborted; isLate = true) {
      try {
        const file = await this.#open();
        this.#tell(undefined);
        return { file, isLate };
      } catch (reason) {
        const isExpected = isMissing(Object(reason).cause) && (isLate || (await hasFolder(path)));
        if (!isExpected) {
          this.#tell(undefined);
          throw reason;
        }
      }
      this.#tell(`${path} does not exist yet`);
      await wake.wait(signal);
    }
    return undefined;
  }

  /** Each trouble and its end once. */
  #tell(trouble: string | undefined): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.onTrouble?.(trouble);
  }

  async #open(): Promise<OpenFile> {
    const { path } = this.#options;
    let handle: FileHandle | undefined;
    try {
      // Before opening: opening a named pipe waits until somebody writes to it.
      if (!(await stat(path)).isFile()) throw new AgentError('invalid', 'is not a regular file');
      handle = await open(path, 'r');
      const { dev, ino } = await handle.stat();
      return { handle, dev, ino, offset: 0, tail: Buffer.alloc(0) };
    } catch (cause) {
      await handle?.close();
      const { code, message } = AgentError.from(cause, 'unavailable');
      throw new AgentError(code, `${path}: cannot be followed (${message})`, { cause });
    }
  }

  /** To its end, or to the start of the line that is being written there. */
  async #skipToEnd(file: OpenFile, onChunk: (chunk: Uint8Array) => void): Promise<void> {
    const { size } = await file.handle.stat();
    file.offset = size;
    file.tail = await this.#bytesBefore(file, size);
    // The rest of a line makes no sense alone, but counts as one that was damaged.
    if (size > 0 && file.tail.at(-1) !== NEWLINE) onChunk(Buffer.from('…'));
  }

  async #bytesBefore({ handle }: OpenFile, offset: number): Promise<Buffer> {
    const size = Math.min(TAIL_BYTES, offset);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, offset - size);
    return buffer.subarray(0, bytesRead);
  }

  /** Reads what there is. Each time with what was read before it, so that a file that is cut at any moment is noticed. */
  async #drain(file: OpenFile, { onChunk, onGap, signal }: LineInputHooks): Promise<void> {
    const { size } = await this.#asUnavailable(() => file.handle.stat());
    if (size === file.offset) return;
    while (!signal.aborted) {
      const known = file.tail.length;
      const { bytesRead } = await this.#asUnavailable(() =>
        file.handle.read(this.#buffer, 0, CHUNK_BYTES, file.offset - known),
      );
      if (bytesRead < known || !this.#buffer.subarray(0, known).equals(file.tail)) {
        onGap('it was cut short, and what stood in it unread is gone');
        file.offset = 0;
        file.tail = Buffer.alloc(0);
        continue;
      }
      if (bytesRead === known) return;
      const chunk = this.#buffer.subarray(known, bytesRead);
      file.offset += chunk.length;
      file.tail = Buffer.from(this.#buffer.subarray(0, bytesRead).subarray(-TAIL_BYTES));
      onChunk(chunk);
    }
  }

  /** The file that has taken the name, once something stands in it: until then the old one is written to. */
  async #successor(file: OpenFile): Promise<OpenFile | undefined> {
    const found = await stat(this.#options.path).catch((reason: unknown) => {
      if (isMissing(reason)) return undefined;
      throw AgentError.from(reason, 'unavailable');
    });
    const isSame = found?.dev === file.dev && found.ino === file.ino;
    if (found === undefined || isSame || found.size === 0) return undefined;
    return this.#open();
  }

  /** Once more to the end of the old one: it may have been written to before the new one was found. */
  async #moveOn(
    { from, to }: { readonly from: OpenFile; readonly to: OpenFile },
    hooks: LineInputHooks,
  ): Promise<OpenFile> {
    try {
      await this.#drain(from, hooks);
      hooks.onEnd();
    } catch (reason) {
      await to.handle.close();
      throw reason;
    }
    await from.handle.close();
    return to;
  }

  async #asUnavailable<Value>(work: () => Promise<Value>): Promise<Value> {
    try {
      return await work();
    } catch (cause) {
      const { message } = AgentError.from(cause);
      throw new AgentError('unavailable', `${this.#options.path}: cannot be read (${message})`, {
        cause,
      });
    }
  }
}

/** Waits for a change of the file, or for the next time to look. */
class Wake {
  readonly #clock: Clock;
  readonly #pollMs: number;
  readonly #closeWatch: () => void;
  #isHinted = false;
  #onHint: (() => void) | undefined;

  constructor({ path, clock, pollMs = POLL_MS, watch = watchFolderOf }: FollowedFileOptions) {
    this.#clock = clock;
    this.#pollMs = pollMs;
    this.#closeWatch = watch(path, () => {
      this.#isHinted = true;
      this.#onHint?.();
    });
  }

  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        this.#onHint = undefined;
        this.#isHinted = false;
        resolve();
      };
      const cancel = this.#clock.schedule(this.#pollMs, done);
      signal.addEventListener('abort', done, { once: true });
      this.#onHint = done;
      if (this.#isHinted || signal.aborted) done();
    });
  }

  close(): void {
    this.#closeWatch();
  }
}

function isMissing(reason: unknown): boolean {
  return reason instanceof Error && (reason as { readonly code?: unknown }).code === 'ENOENT';
}

/** A path whose folder is missing too is taken for a mistake. */
async function hasFolder(path: string): Promise<boolean> {
  const folder = await stat(dirname(path)).catch(() => undefined);
  return folder?.isDirectory() === true;
}
