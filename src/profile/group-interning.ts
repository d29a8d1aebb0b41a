import type { GroupPool, Lists } from './group-pool.ts';
import { ListMemo } from './list-memo.ts';
import { sortedUnique } from './list-merge.ts';

type List = readonly string[];

/** Acquires the groups of one surface. Most of its entries have one list, and few lists are different. */
export class GroupInterning {
  readonly #groups: GroupPool;
  readonly #normal: (list: List) => List;
  readonly #known = new ListMemo();

  /** @param normal gives lists of one meaning one form */
  constructor(groups: GroupPool, normal: (list: List) => List) {
    this.#groups = groups;
    this.#normal = normal;
  }

  /** The number of the group of these lists, whatever their order and repetitions. */
  acquire(lists: Lists): number {
    const [only = []] = lists;
    if (lists.length !== 1) return this.#groups.acquire(this.#distinct(lists));
    const known = this.#known.get(only);
    if (known !== undefined) {
      this.#groups.acquireAgain(known);
      return known;
    }
    const group = this.#groups.acquire([this.#normal(only)]);
    this.#known.set(only, group);
    return group;
  }

  #distinct(lists: Lists): Lists {
    const texts = sortedUnique(lists.map((list) => JSON.stringify(this.#normal(list))));
    return texts.map((text) => JSON.parse(text) as List);
  }
}
