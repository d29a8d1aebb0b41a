import type { ExecEvent } from '#model/raw-event.js';

/** What all that is remembered may hold, and one exec of it; at the first limit all are forgotten. */
const MAX_CHARS = 131_072;
const MAX_EXEC_CHARS = 1_024;
/** Execs that look alike from afar; more are not remembered. */
const MAX_ALIKE = 8;
/** So many characters at the end of each text are looked at for that. */
const SKETCH_CHARS = 8;

type Remembered = Pick<ExecEvent, 'exePath' | 'args' | 'envNames'>;

/**
 * Execs as they came that are recorded already. Redacting an argument vector takes microseconds;
 * comparing it with one that looks like it does not.
 */
export class RecentExecs {
  readonly #withEnvNames: boolean;
  /** By {@link sketchOf}, which different execs can share. */
  readonly #bySketch = new Map<number, Remembered[]>();
  #chars = 0;

  constructor({ withEnvNames }: { readonly withEnvNames: boolean }) {
    this.#withEnvNames = withEnvNames;
  }

  has({ exePath, args, envNames = [] }: ExecEvent): boolean {
    const alike = this.#bySketch.get(sketchOf(exePath, args));
    if (alike === undefined) return false;
    for (const known of alike) {
      if (known.exePath !== exePath || !areEqual(known.args, args)) continue;
      if (!this.#withEnvNames || areEqual(known.envNames ?? [], envNames)) return true;
    }
    return false;
  }

  remember({ exePath, args, envNames }: ExecEvent): void {
    const chars = exePath.length + charsOf(args) + charsOf(envNames);
    // Without a path the program's name comes from elsewhere.
    if (exePath === '' || chars > MAX_EXEC_CHARS) return;
    if (this.#chars + chars > MAX_CHARS) this.forget();
    const remembered = { exePath, args, ...(this.#withEnvNames && envNames && { envNames }) };
    const sketch = sketchOf(exePath, args);
    const alike = this.#bySketch.get(sketch);
    if (alike === undefined) this.#bySketch.set(sketch, [remembered]);
    else if (alike.length < MAX_ALIKE) alike.push(remembered);
    else return;
    this.#chars += chars;
  }

  /** What was recorded has been taken out and must be recorded again. */
  forget(): void {
    this.#bySketch.clear();
    this.#chars = 0;
  }
}

/**
 * A number that is the same for equal execs and mostly another one for others: from the lengths of all
 * texts and the ends of the program's path and of the last argument.
 */
function sketchOf(exePath: string, args: readonly string[]): number {
  let sketch = textSketch(args.length, exePath);
  for (const { length } of args) sketch = Math.imul(sketch ^ length, 0x85ebca6b);
  return textSketch(sketch, args.at(-1) ?? '');
}

function textSketch(before: number, text: string): number {
  let sketch = before ^ text.length;
  for (let at = Math.max(0, text.length - SKETCH_CHARS); at < text.length; at += 1) {
    sketch = Math.imul(sketch ^ text.charCodeAt(at), 0x01000193);
  }
  return sketch;
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

function charsOf(texts: readonly string[] = []): number {
  return texts.reduce((sum, text) => sum + text.length, 0);
}
