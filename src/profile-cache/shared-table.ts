/** A thing that several hold, and how many. */
interface Held<Value> {
  readonly value: Value;
  holders: number;
}

/**
 * Things made once for all who need the same, by key, and let go of when the last holder has
 * released them.
 */
export class SharedTable<Value> {
  readonly #held = new Map<string, Held<Value>>();
  readonly #dispose: (value: Value) => void;

  constructor(dispose: (value: Value) => void) {
    this.#dispose = dispose;
  }

  /** True when `acquire` would not have to make it. */
  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** The thing itself, made when there is none. Every call has to be answered by a `release`. */
  acquire(key: string, make: () => Value): Value {
    const held = this.#held.get(key) ?? { value: make(), holders: 0 };
    held.holders += 1;
    this.#held.set(key, held);
    return held.value;
  }

  /** Holds what is there once more, to be answered by a `release`. False, and nothing to release, when there is none. */
  hold(key: string): boolean {
    const held = this.#held.get(key);
    if (held !== undefined) held.holders += 1;
    return held !== undefined;
  }

  release(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.holders -= 1;
    if (held.holders > 0) return;
    this.#held.delete(key);
    this.#dispose(held.value);
  }

  /** The thing itself, without holding it. */
  peek(key: string): Value | undefined {
    return this.#held.get(key)?.value;
  }

  holdersOf(key: string): number {
    return this.#held.get(key)?.holders ?? 0;
  }

  get size(): number {
    return this.#held.size;
  }

  values(): readonly Value[] {
    return [...this.#held.values()].map(({ value }) => value);
  }
}
