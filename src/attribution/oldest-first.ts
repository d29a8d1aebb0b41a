/** A set that knows which of its members came first, without looking through the places of those that left. */
export class OldestFirst<Member> {
  readonly #members = new Set<Member>();
  /** Stands behind `#oldest`; a set's iterator also gives what is added later. */
  #rest = this.#members.values();
  #oldest: Member | undefined = undefined;

  get size(): number {
    return this.#members.size;
  }

  /** Undefined when it is empty. */
  get oldest(): Member | undefined {
    if (this.#oldest !== undefined) return this.#oldest;
    const { value, done } = this.#rest.next();
    // One that has come to its end stays there.
    if (done) this.#rest = this.#members.values();
    else this.#oldest = value;
    return this.#oldest;
  }

  has(member: Member): boolean {
    return this.#members.has(member);
  }

  add(member: Member): void {
    this.#members.add(member);
  }

  delete(member: Member): void {
    this.#members.delete(member);
    if (this.#oldest === member) this.#oldest = undefined;
  }

  /** From the oldest on. */
  [Symbol.iterator](): Iterator<Member> {
    return this.#members.values();
  }

  clear(): void {
    this.#members.clear();
    this.#rest = this.#members.values();
    this.#oldest = undefined;
  }
}
