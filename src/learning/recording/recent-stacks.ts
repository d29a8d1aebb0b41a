import type { EventFrame } from '#model/raw-event.js';
import { MAX_SHARED_CHARS, SharedTexts } from './shared-texts.ts';
import { endSketch } from './sketch.ts';
import { SketchTable } from './sketch-table.ts';

/** Stacks that are remembered, and frames of one; at the first limit all are forgotten. */
const MAX_STACKS = 1_024;
const MAX_FRAMES = 16;
/** So much of a file's name goes into the sketch. */
const FILE_END_CHARS = 8;

/** The call, then for each frame its file and line. */
type Remembered = readonly (string | number)[];

interface Stack {
  readonly callId: string;
  readonly frames: readonly EventFrame[];
}

/** Call stacks that are recorded already. */
export class RecentStacks {
  /** By {@link sketchOf}. */
  readonly #stacks = new SketchTable<Remembered>(MAX_STACKS);
  #texts = new SharedTexts();

  has(stack: Stack): boolean {
    return this.#stacks.find(sketchOf(stack.frames), stack, isSame) !== undefined;
  }

  remember({ callId, frames }: Stack): void {
    if (frames.length > MAX_FRAMES || frames.some(isLongFile)) return;
    const stack: (string | number)[] = [callId];
    for (const { fileId, line } of frames) stack.push(this.#texts.of(fileId), line);
    // The copy has no room to grow: it is small, and lies in one place.
    this.#stacks.add(sketchOf(frames), stack.slice());
  }

  /** What was recorded has been taken out and must be recorded again. */
  forget(): void {
    this.#stacks.clear();
    this.#texts = new SharedTexts();
  }
}

/** From all lines and the ends of the innermost two files. */
function sketchOf(frames: readonly EventFrame[]): number {
  let sketch = frames.length;
  for (let i = 0; i < frames.length; i += 1) {
    sketch = Math.imul(sketch ^ (frames[i]?.line ?? 0), 0x85ebca6b);
    sketch ^= sketch >>> 15;
  }
  sketch = endSketch(sketch, frames.at(-1)?.fileId ?? '', FILE_END_CHARS);
  return endSketch(sketch, frames.at(-2)?.fileId ?? '', FILE_END_CHARS);
}

function isSame(known: Remembered, { callId, frames }: Stack): boolean {
  if (known.length !== 1 + frames.length * 2 || known[0] !== callId) return false;
  let at = 1;
  for (const { fileId, line } of frames) {
    if (known[at + 1] !== line || known[at] !== fileId) return false;
    at += 2;
  }
  return true;
}

/** A long name would not be shared, and what is remembered is bounded by that. */
function isLongFile({ fileId }: EventFrame): boolean {
  return fileId.length > MAX_SHARED_CHARS;
}
