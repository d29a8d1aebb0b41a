import type { ProcessNode } from '#model/attributed-event.js';
import type { ForkEvent, RawEvent } from '#model/raw-event.js';
import type { ScannedProcess } from './proc-scan.ts';
import { ProcessExits } from './process-exits.ts';
import { EXACT_START_TOLERANCE_MS, sightingBy, TrackedProcess } from './process-node.ts';

/** Above what a node runs. More can only come from ends that were lost. */
const MAX_PROCESSES = 65_536;
/** Among so many of the oldest processes one without children is looked for when there is no room. */
const MAX_LEAVES_LOOKED_AT = 64;
/** How far up is looked for a circle before a late link is left out. Real ancestries are far shorter. */
const MAX_CHECKED_DEPTH = 256;
/** Of a process that is forgotten, so many children go to its parent; the others find theirs by their next event. */
const MAX_MOVED_CHILDREN = 256;
/**
 * How far the start that /proc tells may be from the exact one: ticks and uptime of 10 ms each, and a clock of 1 ms. No kernel
 * gives a number anew so soon.
 */
const SCANNED_START_TOLERANCE_MS = 25;

/**
 * The processes of all containers, as events and a look at /proc tell of them. A process that was there before its
 * first event is made up from that event. Processes belong to an owner (whatever object the caller has
 * for a container); a parent is linked only when it has the same owner. Bounded: see the constants.
 */
export class ProcessTree {
  readonly #processes = new Map<number, TrackedProcess>();
  readonly #exits = new ProcessExits();

  /** How many numbers of processes are known, those of ended ones too. */
  get size(): number {
    return this.#processes.size;
  }

  /** How many ended processes are remembered. */
  get exitedSize(): number {
    return this.#exits.size;
  }

  /** Takes in an event and returns the process that did it. One lookup for most events. */
  observe(event: RawEvent, owner: object): ProcessNode {
    const known = this.#processes.get(event.pid);
    if (known !== undefined && known.owner === owner && isOf(known, event)) {
      return this.#take(known, event, false);
    }
    if (known !== undefined && isPast(known, event.processStartMs, event.timeMs)) {
      return this.#straggler(event, owner);
    }
    const process = new TrackedProcess(owner, sightingBy(event));
    // It went from one cgroup into another: what it runs stays the same.
    if (known !== undefined && isSameStart(known, event.processStartMs)) {
      process.image.runAs(known.image);
    }
    this.#add(process);
    return this.#take(process, event, true);
  }

  /**
   * Takes in a process that runs, as /proc tells of it. What events told of it goes before that. A process of another owner
   * is left to it unless `takesOver`. Call {@link linkByNumber} when all were taken in.
   */
  adopt(found: ScannedProcess, owner: object, takesOver: boolean): void {
    const known = this.#processes.get(found.pid);
    if (known !== undefined) {
      if (isFound(known, found)) {
        if (known.owner === owner) complete(known, found);
        if (known.owner === owner || !takesOver) return;
      } else if (known.beganMs > found.startMs) return;
    }
    const startToleranceMs = SCANNED_START_TOLERANCE_MS;
    const process = new TrackedProcess(owner, {
      ...found,
      timeMs: found.startMs,
      startToleranceMs,
    });
    process.image.runAs(found);
    this.#add(process);
  }

  /** Puts a process below the one that has its parent's number. */
  linkByNumber(pid: number): void {
    const process = this.#processes.get(pid);
    if (process !== undefined && process.parentImage === undefined)
      this.#findParent(process, false);
  }

  /** Drops all processes of an owner. */
  forget(owner: object): void {
    for (const process of this.#processes.values())
      if (process.owner === owner) this.#remove(process);
    for (const process of this.#exits.all()) if (process.owner === owner) this.#remove(process);
  }

  clear(): void {
    this.#processes.clear();
    this.#exits.clear();
  }

  #take(process: TrackedProcess, event: RawEvent, isNew: boolean): ProcessNode {
    const { image } = process;
    image.uid = event.uid;
    image.gid = event.gid;
    image.ppid = event.ppid;
    if (process.parentImage === undefined) this.#findParent(process, isNew);
    if (event.type === 'exec') process.execute(event);
    else if (event.type === 'fork') this.#forked(process, event);
    else if (event.type === 'exit') this.#ended(process, event.timeMs);
    return process.image;
  }

  /** An event of a process whose number is another one's by now. It is nobody's parent any more. */
  #straggler(event: RawEvent, owner: object): ProcessNode {
    const ended = this.#exits.find(
      (each) =>
        each.pid === event.pid && each.owner === owner && isSameStart(each, event.processStartMs),
    );
    const process = ended ?? new TrackedProcess(owner, sightingBy(event));
    if (event.type === 'exec') process.execute(event);
    return process.image;
  }

  #forked(process: TrackedProcess, event: ForkEvent): void {
    const known = this.#processes.get(event.childPid);
    const isChild = known !== undefined && isForkedBy(known, event);
    // It is in another container already, or the number is another one's.
    if (known !== undefined && isChild && known.owner !== process.owner) return;
    if (known !== undefined && isPast(known, event.childStartMs, event.timeMs)) return;
    const child = isChild ? known : this.#add(childOf(process, event));
    if (child.startMs === undefined && event.childStartMs !== undefined)
      child.learnStart(event.childStartMs);
    const parent = process.imageAt(event.timeMs);
    if (!(isChild && isAncestor(child, process))) child.link(parent);
    if (child.image.isUnknownProgram) child.image.runAs(parent);
  }

  #ended(process: TrackedProcess, timeMs: number): void {
    process.exitedAtMs = timeMs;
    this.#exits.add(process);
    for (let due = this.#exits.nextDue(timeMs); due; due = this.#exits.nextDue(timeMs))
      this.#remove(due);
  }

  #add(process: TrackedProcess): TrackedProcess {
    const replaced = this.#processes.get(process.pid);
    if (replaced !== undefined) {
      // One that ended is still some process's ancestor, and goes when its time is over.
      if (replaced.exitedAtMs === undefined) this.#remove(replaced);
      else this.#processes.delete(process.pid);
    } else if (this.#processes.size >= MAX_PROCESSES) this.#makeRoom();
    this.#processes.set(process.pid, process);
    return process;
  }

  /** Lets go of what ended first, then of an old one that started nothing: first processes of containers are older. */
  #makeRoom(): void {
    const { oldest } = this.#exits;
    if (oldest !== undefined) this.#remove(oldest);
    if (this.#processes.size < MAX_PROCESSES) return;
    let first: TrackedProcess | undefined;
    let lookedAt = 0;
    for (const process of this.#processes.values()) {
      first ??= process;
      lookedAt += 1;
      const isLeaf = !process.children?.size;
      if (isLeaf) first = process;
      if (isLeaf || lookedAt === MAX_LEAVES_LOOKED_AT) break;
    }
    if (first !== undefined) this.#remove(first);
  }

  #remove(process: TrackedProcess): void {
    for (let each: TrackedProcess | undefined = process; each; ) {
      if (this.#processes.get(each.pid) === each) this.#processes.delete(each.pid);
      this.#exits.delete(each);
      const parent: TrackedProcess | undefined = each.parentImage?.process;
      moveChildren(each);
      each.link(undefined);
      // Nothing comes from the parent any more that is remembered.
      each = parent !== undefined && this.#exits.isSpent(parent) ? parent : undefined;
    }
  }

  /** The process that has the parent's number, if it can be its parent. */
  #findParent(process: TrackedProcess, isNew: boolean): void {
    const parent = this.#processes.get(process.image.ppid);
    if (parent === undefined || parent === process || parent.owner !== process.owner) return;
    if (parent.exitedAtMs !== undefined && parent.exitedAtMs < process.beganMs) return;
    const toleranceMs = Math.max(parent.startToleranceMs, process.startToleranceMs);
    if (parent.isBeginningKnown && parent.beganMs > process.beganMs + toleranceMs) return;
    // What has just been made is nobody's ancestor.
    if (isNew || !isAncestor(process, parent)) process.link(parent.imageAt(process.beganMs));
  }
}

/** True when the event is one of the process: its start is the same or, where nobody tells one, it was not over yet. */
function isOf(process: TrackedProcess, event: RawEvent): boolean {
  const { processStartMs } = event;
  if (processStartMs !== undefined && process.startMs !== undefined) {
    return Math.abs(processStartMs - process.startMs) <= process.startToleranceMs;
  }
  if (process.exitedAtMs !== undefined && event.timeMs > process.exitedAtMs) return false;
  if (processStartMs === undefined) return true;
  if (processStartMs > process.firstSeenMs + EXACT_START_TOLERANCE_MS) return false;
  process.learnStart(processStartMs);
  return true;
}

/** True when it is known that the process began at that time. */
function isSameStart(
  { startMs, startToleranceMs }: TrackedProcess,
  otherMs: number | undefined,
): boolean {
  if (startMs === undefined || otherMs === undefined) return false;
  return Math.abs(startMs - otherMs) <= startToleranceMs;
}

/**
 * True when what began then and was told of at `timeMs` had the number before the process. The time is asked too: after the
 * host's clock was put back every start seems to be an earlier one.
 */
function isPast(
  { startMs, startToleranceMs }: TrackedProcess,
  beganMs: number | undefined,
  timeMs: number,
) {
  if (startMs === undefined || beganMs === undefined) return false;
  return startMs > beganMs + startToleranceMs && startMs > timeMs;
}

/** True when the process is what the fork made: its own events may have come before, from another processor. */
function isForkedBy(process: TrackedProcess, { timeMs, childStartMs }: ForkEvent): boolean {
  if (process.startMs !== undefined && childStartMs !== undefined) {
    return isSameStart(process, childStartMs);
  }
  return process.firstSeenMs >= timeMs;
}

/** True when /proc tells of that very process. */
function isFound(process: TrackedProcess, { startMs }: ScannedProcess): boolean {
  if (process.startMs !== undefined) {
    return Math.abs(process.startMs - startMs) <= SCANNED_START_TOLERANCE_MS;
  }
  const isOver = process.exitedAtMs !== undefined;
  return !isOver && process.firstSeenMs >= startMs - SCANNED_START_TOLERANCE_MS;
}

function complete(process: TrackedProcess, found: ScannedProcess): void {
  if (process.startMs === undefined) process.learnStart(found.startMs, SCANNED_START_TOLERANCE_MS);
  if (!process.image.isUnknownProgram) return;
  process.image.runAs(found);
  process.image.comm = found.comm;
}

function childOf({ pid, owner }: TrackedProcess, event: ForkEvent): TrackedProcess {
  const { childPid, childStartMs: startMs, comm, uid, gid, timeMs } = event;
  return new TrackedProcess(owner, {
    pid: childPid,
    ppid: pid,
    comm,
    uid,
    gid,
    timeMs,
    startMs,
    isForked: true,
  });
}

/** Gives the children of a process that is forgotten to the next one above it that is remembered. */
function moveChildren(process: TrackedProcess): void {
  let moved = 0;
  for (const child of process.children ?? []) {
    child.link(moved < MAX_MOVED_CHILDREN ? process.parentImage : undefined);
    moved += 1;
  }
}

/** True when `process` may be `of` or one of its ancestors: linking it below would make a circle. */
function isAncestor(process: TrackedProcess, of: TrackedProcess): boolean {
  let each: TrackedProcess | undefined = of;
  for (let depth = 0; each !== undefined && each !== process; depth += 1) {
    if (depth === MAX_CHECKED_DEPTH) return true;
    each = each.parentImage?.process;
  }
  return each === process;
}
