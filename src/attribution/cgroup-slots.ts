import { aSlot, type CgroupSlot, type Losses, type TrackedRun } from './cgroup-slot.ts';

/** How many cgroups without a container are remembered. A node has some hundreds at a time. */
const MAX_FOREIGN_CGROUPS = 16_384;

/** The cgroups that events come from: all that are containers', and of the others as many as there is room for. */
export class CgroupSlots {
  readonly #slots = new Map<number, CgroupSlot>();
  /** Those that are no container's, oldest first. */
  readonly #foreign = new Set<CgroupSlot>();
  /** Of those that there was no room for, by their numbers, oldest first; bounded as they are. */
  readonly #forgottenLosses = new Map<number, Losses>();
  readonly #onForgotten: (slot: CgroupSlot) => void;

  /** `onForgotten` is told of a slot that there is no room for any more, while it is still known. */
  constructor(onForgotten: (slot: CgroupSlot) => void) {
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Those that are no container's so far, the longest known first. */
  get foreign(): Iterable<CgroupSlot> {
    return this.#foreign;
  }

  /** The slot of that cgroup, a new one when it is seen for the first time. */
  of(cgroupId: number): CgroupSlot {
    return this.#slots.get(cgroupId) ?? this.#add(cgroupId);
  }

  /** It is a container's from now on. */
  bind(slot: CgroupSlot, run: TrackedRun): void {
    slot.run?.slots.delete(slot);
    slot.run = run;
    slot.isGivenUp = false;
    run.slots.add(slot);
    this.#foreign.delete(slot);
  }

  delete({ cgroupId }: CgroupSlot): void {
    this.#slots.delete(cgroupId);
  }

  clear(): void {
    this.#slots.clear();
    this.#foreign.clear();
    this.#forgottenLosses.clear();
  }

  #add(cgroupId: number): CgroupSlot {
    const slot = aSlot(cgroupId);
    slot.losses = this.#forgottenLosses.get(cgroupId);
    this.#forgottenLosses.delete(cgroupId);
    this.#slots.set(cgroupId, slot);
    this.#foreign.add(slot);
    const [oldest] = this.#foreign.size > MAX_FOREIGN_CGROUPS ? this.#foreign : [];
    if (oldest !== undefined) {
      this.#onForgotten(oldest);
      this.#foreign.delete(oldest);
      this.#slots.delete(oldest.cgroupId);
      this.#keepLosses(oldest);
    }
    return slot;
  }

  /** Its container may become known all the same, and then has to hear of them. */
  #keepLosses({ cgroupId, losses }: CgroupSlot): void {
    if (losses === undefined) return;
    this.#forgottenLosses.set(cgroupId, losses);
    const [oldest] = this.#forgottenLosses.keys();
    if (this.#forgottenLosses.size > MAX_FOREIGN_CGROUPS && oldest !== undefined) {
      this.#forgottenLosses.delete(oldest);
    }
  }
}
