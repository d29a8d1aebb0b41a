import type { ExecEvent } from '#model/raw-event.js';
import { SharedTexts } from './shared-texts.ts';
import { endSketch, textSketch } from './sketch.ts';
import { SketchTable } from './sketch-table.ts';

/** Execs that are remembered, what all of them may hold, and one; at a limit all are forgotten. */
const MAX_EXECS = 2_048;
const MAX_CHARS = 131_072;
const MAX_EXEC_CHARS = 1_024;
/** So much of a program's path goes into the sketch. */
const PATH_END_CHARS = 8;

/** The program's path and the arguments, then, if they count, `undefined` and the names of variables. */
type Remembered = readonly (string | undefined)[];

/**
 * Execs as they came that are recorded already. Redacting an argument vector takes microseconds;
 * comparing it with one that looks like it does not.
 */
export class RecentExecs {
  readonly #withEnvNames: boolean;
  /** By {@link sketchOf}. */
  readonly #execs = new SketchTable<Remembered>(MAX_EXECS);
  #texts = new SharedTexts();
  #chars = 0;

  constructor({ withEnvNames }: { readonly withEnvNames: boolean }) {
    this.#withEnvNames = withEnvNames;
  }

  has(event: ExecEvent): boolean {
    const isSame = this.#withEnvNames ? isSameWithEnvNames : isSameCall;
    return this.#execs.find(sketchOf(event), event, isSame) !== undefined;
  }

  remember(event: ExecEvent): void {
    const { exePath, args, envNames = [] } = event;
    // Without a path the program's name comes from elsewhere.
    if (exePath === '') return;
    const call = [exePath, ...args.map((arg, i) => (i === 0 ? arg : this.#texts.of(arg)))];
    const remembered = this.#withEnvNames ? [...call, undefined, ...envNames] : call;
    const chars = remembered.reduce((sum, text = '') => sum + text.length, 0);
    if (chars > MAX_EXEC_CHARS) return;
    if (this.#chars + chars > MAX_CHARS || this.#execs.size >= MAX_EXECS) this.forget();
    // The copy has no room to grow: it is small, and lies in one place.
    this.#execs.add(sketchOf(event), remembered.slice());
    this.#chars += chars;
  }

  /** What was recorded has been taken out and must be recorded again. */
  forget(): void {
    this.#execs.clear();
    this.#texts = new SharedTexts();
    this.#chars = 0;
  }
}

/** From the ends of the program's path and of the last argument, and the lengths of all. */
function sketchOf({ exePath, args }: ExecEvent): number {
  const count = args.length;
  let sketch = endSketch(count, exePath, PATH_END_CHARS);
  for (let i = 0; i < count; i += 1) {
    sketch = Math.imul(sketch ^ (args[i] ?? '').length, 0x85ebca6b);
  }
  return count > 0 ? textSketch(sketch, args[count - 1] ?? '') : sketch;
}

function isSameCall(known: Remembered, { exePath, args }: ExecEvent): boolean {
  return known.length === args.length + 1 && known[0] === exePath && holds(known, args, 1);
}

function isSameWithEnvNames(known: Remembered, { exePath, args, envNames = [] }: ExecEvent) {
  const namesAt = args.length + 2;
  if (known.length !== namesAt + envNames.length || known[0] !== exePath) return false;
  // Between the two, so that an argument is never taken for a name.
  if (known[namesAt - 1] !== undefined) return false;
  return holds(known, args, 1) && holds(known, envNames, namesAt);
}

function holds(known: Remembered, texts: readonly string[], from: number): boolean {
  for (let i = 0; i < texts.length; i += 1) if (known[from + i] !== texts[i]) return false;
  return true;
}
