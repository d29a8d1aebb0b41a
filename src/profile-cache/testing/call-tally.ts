/** Counts calls that are under way, each under the name of what it is about. */
export class CallTally {
  readonly #underWay = new Map<string, number>();
  #most = 0;
  #total = 0;

  /** The most that were ever under way for one name at a time. */
  get most(): number {
    return this.#most;
  }

  /** How many are under way, for all names. */
  get underWay(): number {
    return this.#total;
  }

  underWayFor(name: string): number {
    return this.#underWay.get(name) ?? 0;
  }

  /** A call began; the function that is returned ends it, once. */
  begin(name: string): () => void {
    this.#change(name, 1);
    let isUnderWay = true;
    return () => {
      if (isUnderWay) this.#change(name, -1);
      isUnderWay = false;
    };
  }

  #change(name: string, by: number): void {
    const count = this.underWayFor(name) + by;
    if (count === 0) this.#underWay.delete(name);
    else this.#underWay.set(name, count);
    this.#most = Math.max(this.#most, count);
    this.#total += by;
  }
}
