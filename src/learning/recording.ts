import type { AttributedEvent } from '#model/attributed-event.js';
import type { ExecCall, OpenCall } from '#model/profile.js';
import type { ExecEvent, OpenEvent } from '#model/raw-event.js';
import { namesOfOpenFlagSet, type OpenFlagSet, openFlagSet } from '#profile/open-flags.js';
import { redactArguments } from '#profile/redact.js';
import { execPathOf, learnedArguments, learnedPath } from './learned-path.ts';

/** What a report says that a container did. */
export interface Observed {
  readonly execs: readonly ExecCall[];
  readonly opens: readonly OpenCall[];
}

interface Bounds {
  readonly maxEntries: number;
  readonly maxSizeChars: number;
}

/**
 * What a container did since its last report, once each. Recording is synchronous and cheap for what
 * is known already. At twice its bounds it drops what is new and counts it.
 */
export class Recording {
  readonly #bounds: Bounds;
  /** By learned path. */
  readonly #opens = new Map<string, OpenFlagSet>();
  /** By path and arguments. */
  readonly #execs = new Map<string, ExecCall>();
  #sizeChars = 0;
  #dropped = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get entries(): number {
    return this.#opens.size + this.#execs.size;
  }

  /** Entries that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** It is time for a report, whatever the clock says. */
  get isFull(): boolean {
    return this.#isAbove(1);
  }

  observe({ event }: AttributedEvent): void {
    if (event.type === 'open') this.#open(event);
    else if (event.type === 'exec') this.#exec(event);
  }

  /** Takes out at most what one report may hold, oldest first. */
  take(): Observed {
    const execs: ExecCall[] = [];
    const opens: OpenCall[] = [];
    let sizeChars = 0;
    const hasRoom = () =>
      execs.length + opens.length < this.#bounds.maxEntries &&
      sizeChars < this.#bounds.maxSizeChars;
    for (const [key, exec] of this.#execs) {
      if (!hasRoom()) break;
      execs.push(exec);
      sizeChars += key.length;
      this.#execs.delete(key);
    }
    for (const [path, flags] of this.#opens) {
      if (!hasRoom()) break;
      opens.push({ path, flags: namesOfOpenFlagSet(flags) });
      sizeChars += path.length;
      this.#opens.delete(path);
    }
    this.#sizeChars -= sizeChars;
    return { execs, opens };
  }

  #open({ path: raw, flags }: OpenEvent): void {
    const set = openFlagSet(flags);
    // Most paths are learned as they are, so the event's own path finds them without any work on it.
    const path = this.#opens.has(raw) ? raw : learnedPath(raw);
    if (path === '') return;
    const known = this.#opens.get(path);
    if (known === undefined) {
      if (!this.#makeRoom(path.length)) return;
      this.#opens.set(path, set);
    } else if ((known & set) !== set) {
      this.#opens.set(path, known | set);
    }
  }

  #exec(event: ExecEvent): void {
    const path = execPathOf(event);
    const args = learnedArguments(redactArguments(event.args));
    const key = [path, ...args].join('\0');
    if (this.#execs.has(key) || path === '' || !this.#makeRoom(key.length)) return;
    this.#execs.set(key, { path, args });
  }

  #makeRoom(sizeChars: number): boolean {
    if (this.#isAbove(2)) {
      this.#dropped += 1;
      return false;
    }
    this.#sizeChars += sizeChars;
    return true;
  }

  #isAbove(times: number): boolean {
    const { maxEntries, maxSizeChars } = this.#bounds;
    return this.entries >= times * maxEntries || this.#sizeChars >= times * maxSizeChars;
  }
}
