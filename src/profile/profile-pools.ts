import { GroupPool } from './group-pool.ts';
import { StringPool } from './string-pool.ts';
import { WalkScratch } from './walk-scratch.ts';

/** What all compiled profiles of one compiler share. */
export class ProfilePools {
  readonly strings: StringPool;
  readonly groups: GroupPool;
  readonly scratch = new WalkScratch();

  constructor(seed: number) {
    this.strings = new StringPool(seed, true);
    this.groups = new GroupPool(this.strings, seed);
  }
}
