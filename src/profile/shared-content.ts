/** Values shared by all who have the same content, with a count of their users. */
export class SharedContent<Value> {
  readonly #entries = new Map<string, { readonly value: Value; users: number }>();

  /** The value of that content, made when there is none; one user more. */
  acquire(key: string, make: () => Value): Value {
    const entry = this.#entries.get(key) ?? { value: make(), users: 0 };
    entry.users += 1;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** One user less; the value when it was the last. */
  release(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    entry.users -= 1;
    if (entry.users > 0) return undefined;
    this.#entries.delete(key);
    return entry.value;
  }

  *values(): Generator<Value> {
    for (const { value } of this.#entries.values()) yield value;
  }
}
