import type { OpenFlagSet } from '#profile/open-flags.js';
import { spread, textSketch } from './sketch.ts';

const MIN_SLOTS = 64;
/** At most half of the slots are taken; each has a sketch, a path's reference and a set of flags. */
const MAX_SLOTS = 2_048;
/** Slots that a path may go to; one that finds them all taken is not remembered. */
const MAX_PROBES = 16;
const MAX_PATH_CHARS = 512;

/**
 * Opened paths as they came that are recorded already, with flags that are recorded for them. Finding a
 * path here needs no hash of it and less memory than in a Map of all. It is exact, for the paths
 * themselves are compared; at 32 KB it takes in no more.
 */
export class RecentOpens {
  #sketches = new Int32Array(MIN_SLOTS);
  #sets = new Int32Array(MIN_SLOTS);
  #paths = emptySlots(MIN_SLOTS);
  #size = 0;

  /** Only paths that are here already are still remembered, with more flags. */
  get isFull(): boolean {
    return this.#size * 2 >= MAX_SLOTS;
  }

  has(path: string, set: OpenFlagSet): boolean {
    const sketches = this.#sketches;
    const mask = sketches.length - 1;
    const sketch = spread(textSketch(0, path));
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (sketch + probe) & mask;
      const known = sketches[slot];
      if (known === 0) return false;
      // The path is elsewhere in memory, so it is looked at only when it is probably the right one.
      if (known === sketch && this.#paths[slot] === path) {
        return ((this.#sets[slot] ?? 0) & set) === set;
      }
    }
    return false;
  }

  /** The path is recorded with at least these flags. */
  remember(path: string, set: OpenFlagSet): void {
    if (path.length > MAX_PATH_CHARS) return;
    if (this.#size * 2 >= this.#paths.length && !this.isFull) this.#grow();
    const sketch = spread(textSketch(0, path));
    const slot = this.#slotOf(sketch, path);
    if (slot === undefined) return;
    if (this.#paths[slot] !== undefined) this.#sets[slot] = set;
    else if (!this.isFull) this.#put(slot, { sketch, path, set });
  }

  /** What was recorded has been taken out and must be recorded again. */
  forget(): void {
    if (this.#size === 0) return;
    this.#sketches = new Int32Array(MIN_SLOTS);
    this.#sets = new Int32Array(MIN_SLOTS);
    this.#paths = emptySlots(MIN_SLOTS);
    this.#size = 0;
  }

  #put(
    slot: number,
    { sketch, path, set }: { readonly sketch: number; readonly path: string; readonly set: number },
  ): void {
    this.#sketches[slot] = sketch;
    this.#paths[slot] = path;
    this.#sets[slot] = set;
    this.#size += 1;
  }

  /** Where the path is, else an empty slot for it. */
  #slotOf(sketch: number, path: string): number | undefined {
    const mask = this.#paths.length - 1;
    for (let probe = 0; probe < MAX_PROBES; probe += 1) {
      const slot = (sketch + probe) & mask;
      const known = this.#sketches[slot];
      if (known === 0 || (known === sketch && this.#paths[slot] === path)) return slot;
    }
    return undefined;
  }

  #grow(): void {
    const { sketches, paths, sets } = this.#widened();
    for (const [at, path] of paths.entries()) {
      if (path === undefined) continue;
      const sketch = sketches[at] ?? 0;
      const slot = this.#slotOf(sketch, path);
      if (slot !== undefined) this.#put(slot, { sketch, path, set: sets[at] ?? 0 });
    }
  }

  /** Doubles the table, and gives what was in it: it is empty now. */
  #widened() {
    const before = { sketches: this.#sketches, paths: this.#paths, sets: this.#sets };
    const slots = before.paths.length * 2;
    this.#sketches = new Int32Array(slots);
    this.#sets = new Int32Array(slots);
    this.#paths = emptySlots(slots);
    this.#size = 0;
    return before;
  }
}

function emptySlots(count: number): (string | undefined)[] {
  return new Array<string | undefined>(count).fill(undefined);
}
