import { type Container, type ContainerEvent, FIRST_MADE_UP_CGROUP_ID } from '#model/container.js';
import type { DropReason } from '#model/event-accounting.js';
import type { CgroupRecord, LostRecord, RawEvent } from '#model/raw-event.js';
import { idInCgroupName } from './container-cgroup.ts';

/** One run of a container, from its start until the last of its events can have come. */
export interface TrackedRun {
  /** The newest description of it. */
  container: Container;
  readonly slots: Set<CgroupSlot>;
  /** The runtime said that it ended. */
  isRemoved: boolean;
  /** When the kernel or the runtime said that it ended: no cgroup seen later can be its. */
  endMs: number;
}

/** Which container ended. */
export type Removal = Omit<ContainerEvent & { readonly type: 'container-removed' }, 'type'> & {
  /** Tells two containers of one id apart; without it the one that was added first is meant. */
  readonly runtimeNamespace?: string;
};

/** A cgroup that events come from: a container's, or not known yet whose. */
export interface CgroupSlot {
  readonly cgroupId: number;
  /** Absent until the kernel side names it. */
  record: CgroupRecord | undefined;
  run: TrackedRun | undefined;
  /** Events that wait to learn whose they are. */
  held: RawEvent[];
  /** Its time to wait is over: what comes now does not wait any more. */
  isGivenUp: boolean;
  /** Events that were lost before it was known whose they are; absent: none. */
  losses: Losses | undefined;
}

/** How many events were lost, and why. */
export type Losses = Map<DropReason, number>;

/**
 * How much earlier than its container's start a cgroup may be seen: two clocks of 10 ms; and where
 * the start is not the kernel's word but the moment containerd told of it, as its cgroup could not
 * be read either, what creating a container takes at most.
 */
const START_TOLERANCE_MS = 50;
const VAGUE_START_TOLERANCE_MS = 500;

export function aSlot(cgroupId: number): CgroupSlot {
  return {
    cgroupId,
    record: undefined,
    run: undefined,
    held: [],
    isGivenUp: false,
    losses: undefined,
  };
}

/** Keeps a loss until it is known whose it is. */
export function noteLost(slot: CgroupSlot, reason: DropReason, count: number): void {
  if (count === 0) return;
  slot.losses ??= new Map();
  slot.losses.set(reason, (slot.losses.get(reason) ?? 0) + count);
}

/** True when events of the slot, if nobody claims them, were a container's all the same. */
export function isContainerForm({ record }: CgroupSlot): boolean {
  return record === undefined || isCutId(record) || idInCgroupName(record.name) !== undefined;
}

/** Tetragon tells the first 31 digits of an id. A cgroup of the kernel's may bear such a name and mean nothing by it. */
function isCutId({ cgroupId, name }: CgroupRecord): boolean {
  return cgroupId >= FIRST_MADE_UP_CGROUP_ID && /^[0-9a-f]{31}$/.test(name);
}

/**
 * True when the slot's cgroup belongs to the run by its name. Numbers of cgroups are never used
 * again but names are, when a container is started again: so the cgroup must have appeared while
 * the run lasted. A cgroup below a container's is named by the kernel side after the container's
 * where that has an id for a name; free names (`ctr run … web`) are taken for the container's own
 * cgroup only, and not when that is known by its number.
 */
export function isNamedAfter({ record, cgroupId }: CgroupSlot, run: TrackedRun): boolean {
  const { container } = run;
  if (record === undefined || record.timeMs > run.endMs) return false;
  const isOwnKnown = container.cgroupId !== undefined;
  const toleranceMs = isOwnKnown ? START_TOLERANCE_MS : VAGUE_START_TOLERANCE_MS;
  if (record.timeMs < container.startedAtMs - toleranceMs) return false;
  const id = idInCgroupName(record.name);
  if (id !== undefined) return id === container.id;
  if (isCutId(record)) return container.id.startsWith(record.name);
  const isNamed = record.name === container.id && record.parentName === container.runtimeNamespace;
  return isNamed && (isOwnKnown ? container.cgroupId === cgroupId : run.slots.size === 0);
}

/** As what events count that the kernel side gave up. Without a cgroup nobody can say which container misses them. */
export function lossReason({ cgroupId, reason }: LostRecord): DropReason {
  if (cgroupId === undefined) return 'kernel-buffer-full';
  return reason === 'share' ? 'container-share' : 'kernel-buffer-full-of-one';
}
