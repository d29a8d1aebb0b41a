import type { Room } from './room.ts';

/** Stands alone in place of a list that could not be kept whole: any value. */
export const ANY_VALUE = '*';

interface Bounds {
  readonly maxValues: number;
  readonly maxValueChars: number;
  /** JSON around a value. */
  readonly frameChars: number;
}

/**
 * Values that stand beside an entry and that no rule judges, once each. When there are more than the
 * bound, or one may not be kept, they give way to {@link ANY_VALUE}: the list then says that it does not
 * know, instead of seeming to be all.
 */
export class AnyBeyond {
  readonly #bounds: Bounds;
  readonly #values = new Set<string>();
  #sizeChars = 0;

  constructor(bounds: Bounds) {
    this.#bounds = bounds;
  }

  get isAny(): boolean {
    return this.#values.has(ANY_VALUE);
  }

  has(value: string): boolean {
    return this.#values.has(value);
  }

  /** Sorted. */
  get all(): readonly string[] {
    return [...this.#values].sort();
  }

  /**
   * Adds a value that {@link has} does not find. Gives how many characters were added, fewer than none
   * when the values gave way; asks `room` for them. Undefined when there was none.
   *
   * @param headChars characters of a list that is not empty, beside its values
   */
  add(value: string, room: Room, headChars = 0): number | undefined {
    const { maxValues, maxValueChars, frameChars } = this.#bounds;
    if (this.isAny) return 0;
    const isOver = this.#values.size >= maxValues || value.length > maxValueChars;
    if (isOver || value === ANY_VALUE) return this.#giveWay(room, headChars);
    const sizeChars = value.length + frameChars + (this.#values.size === 0 ? headChars : 0);
    if (!room.grow(sizeChars)) return undefined;
    this.#values.add(value);
    this.#sizeChars += sizeChars;
    return sizeChars;
  }

  #giveWay(room: Room, headChars: number): number | undefined {
    const sizeChars = ANY_VALUE.length + this.#bounds.frameChars + headChars;
    const added = sizeChars - this.#sizeChars;
    if (added > 0 && !room.grow(added)) return undefined;
    if (added < 0) room.release(0, -added);
    this.#values.clear();
    this.#values.add(ANY_VALUE);
    this.#sizeChars = sizeChars;
    return added;
  }
}
