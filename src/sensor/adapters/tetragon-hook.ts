import type { LineFields } from './line-fields.ts';
import type { UnnumberedEvent } from './line-meaning.ts';
import type { TetragonBase } from './tetragon-process.ts';

/** A hook of a tracing policy that was hit. */
export interface TetragonHook {
  /** The kernel's function without its architecture: `sys_symlinkat`. */
  readonly name: string;
  /** The `process_kprobe` or `process_lsm` as a whole. */
  readonly body: LineFields;
  readonly base: TetragonBase;
  readonly args: TetragonArguments;
  /** What the function gave back, if the policy asks for it. */
  readonly result: number | undefined;
}

/** What a hook says; undefined for a hit that is nothing that happened. */
export type HookReading = (hook: TetragonHook) => UnnumberedEvent | undefined;

/** The arguments that a policy asks for, by their types: it chooses which there are. */
export class TetragonArguments {
  readonly #args: readonly LineFields[];
  readonly #body: LineFields;

  constructor(body: LineFields) {
    this.#body = body;
    this.#args = body.objects('args');
  }

  get texts(): readonly string[] {
    return this.#args.flatMap((arg) => arg.text('string_arg') ?? []);
  }

  get numbers(): readonly number[] {
    return this.#args.flatMap(
      (arg) => arg.integer('int_arg', 'uint_arg', 'long_arg', 'size_arg') ?? [],
    );
  }

  /** The first argument of that type (`file_arg`), also the returned one; undefined when there is none. */
  find(type: string): LineFields | undefined {
    for (const arg of this.#args) {
      const found = arg.object(type);
      if (found) return found;
    }
    return this.#body.object(`return.${type}`);
  }

  /** Refuses the line for an argument that its policy should ask for. */
  refuse(wanted: string): never {
    return this.#body.refuse('args', wanted);
  }
}

/** Bits that the tool wrote as a signed number. */
export function unsigned(number: number): number {
  return number < 0 ? number >>> 0 : number;
}
