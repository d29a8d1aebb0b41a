/** What takes back the writes of a transaction, in the order in which they were made. */
export type UndoSteps = (() => void)[];

/** A map whose every write leaves a step that takes it back. */
export class MemoryMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #undo: UndoSteps;

  constructor(undo: UndoSteps) {
    this.#undo = undo;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  keys(): Iterable<Key> {
    return this.#entries.keys();
  }

  values(): Iterable<Value> {
    return this.#entries.values();
  }

  set(key: Key, value: Value): void {
    this.#noteState(key);
    this.#entries.set(key, value);
  }

  delete(key: Key): void {
    this.#noteState(key);
    this.#entries.delete(key);
  }

  #noteState(key: Key): void {
    const before = this.#entries.get(key);
    const wasThere = this.#entries.has(key);
    this.#undo.push(() => {
      if (wasThere) this.#entries.set(key, before as Value);
      else this.#entries.delete(key);
    });
  }
}
