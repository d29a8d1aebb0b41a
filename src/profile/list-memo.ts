interface Place {
  value: number | undefined;
  readonly next: Map<string, Place>;
}

/** Numbers by lists of texts: finding a list again builds no key for it. */
export class ListMemo {
  readonly #root: Place = { value: undefined, next: new Map() };

  get(list: readonly string[]): number | undefined {
    let place: Place | undefined = this.#root;
    for (const item of list) place = place?.next.get(item);
    return place?.value;
  }

  set(list: readonly string[], value: number): void {
    let place = this.#root;
    for (const item of list) {
      const next = place.next.get(item) ?? { value: undefined, next: new Map() };
      place.next.set(item, next);
      place = next;
    }
    place.value = value;
  }
}
