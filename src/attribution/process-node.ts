import type { ProcessNode } from '#model/attributed-event.js';
import type { ExecEvent, RawEvent } from '#model/raw-event.js';

/** Programs that a process ran before its present one and that a late fork can still be told to come from. */
const MAX_EARLIER_IMAGES = 8;
/** Two exact starts of one process differ by the rounding of numbers only. */
export const EXACT_START_TOLERANCE_MS = 1;

/**
 * One process running one program. An exec makes a new node, so that what was told of the process before it stays
 * true. Its parent is the process's: links are kept in one place.
 */
export class TreeNode implements ProcessNode {
  readonly process: TrackedProcess;
  readonly pid: number;
  /** The parent's number, as the last event of the process told it. */
  ppid: number;
  startTimeMs: number;
  /** Since when the process runs this program, as far as it was seen. */
  readonly sinceMs: number;
  comm: string;
  exePath = '';
  args: readonly string[] = [];
  uid: number;
  gid: number;
  cwd = '';
  upperLayer = false;

  constructor(process: TrackedProcess, sighting: Sighting) {
    this.process = process;
    this.pid = sighting.pid;
    this.ppid = sighting.ppid;
    this.startTimeMs = sighting.startMs ?? sighting.timeMs;
    this.sinceMs = sighting.timeMs;
    this.comm = sighting.comm;
    this.uid = sighting.uid;
    this.gid = sighting.gid;
  }

  get parent(): TreeNode | undefined {
    return this.process.parentImage;
  }

  /** Takes over what the other process runs, and where. */
  runAs({ exePath, args, cwd, upperLayer }: Program): void {
    this.exePath = exePath;
    this.args = args;
    this.cwd = cwd;
    this.upperLayer = upperLayer;
  }

  /** Nobody has told yet what it runs. */
  get isUnknownProgram(): boolean {
    return this.exePath === '' && this.args.length === 0;
  }
}

type Program = Pick<ProcessNode, 'exePath' | 'args' | 'cwd' | 'upperLayer'>;

/** What is told of a process when it is first heard of. */
export type Sighting = Pick<ProcessNode, 'pid' | 'ppid' | 'comm' | 'uid' | 'gid'> & {
  /** When it was heard of; of a fork, when that was. */
  readonly timeMs: number;
  /** When it began: exact to {@link startToleranceMs}. Absent when that is not known. */
  readonly startMs?: number | undefined;
  readonly startToleranceMs?: number;
  /** Its beginning was seen. */
  readonly isForked?: boolean;
};

/** One process from its beginning to its end, whatever it runs, while it is in the tree. */
export class TrackedProcess {
  readonly pid: number;
  readonly owner: object;
  startMs: number | undefined;
  startToleranceMs: number;
  readonly firstSeenMs: number;
  readonly isForked: boolean;
  exitedAtMs: number | undefined = undefined;
  image: TreeNode;
  /** What it ran before, newest last. */
  earlierImages: readonly TreeNode[] = [];
  /** What its parent ran when it made this process. */
  parentImage: TreeNode | undefined = undefined;
  /** Exactly those whose `parentImage` is of this process; undefined until there is one. */
  children: Set<TrackedProcess> | undefined = undefined;

  constructor(owner: object, sighting: Sighting) {
    this.pid = sighting.pid;
    this.owner = owner;
    this.startMs = sighting.startMs;
    this.startToleranceMs = sighting.startToleranceMs ?? EXACT_START_TOLERANCE_MS;
    this.firstSeenMs = sighting.timeMs;
    this.isForked = sighting.isForked ?? false;
    this.image = new TreeNode(this, sighting);
  }

  /** When it began, or was first heard of. */
  get beganMs(): number {
    return this.startMs ?? this.firstSeenMs;
  }

  /** It is known when it began, not only when it was first heard of. */
  get isBeginningKnown(): boolean {
    return this.startMs !== undefined || this.isForked;
  }

  learnStart(startMs: number, toleranceMs = EXACT_START_TOLERANCE_MS): void {
    this.startMs = startMs;
    this.startToleranceMs = toleranceMs;
    this.image.startTimeMs = startMs;
  }

  /** From now on it runs another program. */
  execute(event: ExecEvent): void {
    const before = this.image;
    this.earlierImages = [...this.earlierImages, before].slice(-MAX_EARLIER_IMAGES);
    this.image = new TreeNode(this, event);
    this.image.startTimeMs = before.startTimeMs;
    this.image.runAs(event);
  }

  /** What it ran at that time: events of two processors can come in the wrong order. */
  imageAt(timeMs: number): TreeNode {
    if (this.image.sinceMs <= timeMs || this.earlierImages.length === 0) return this.image;
    return (
      this.earlierImages.findLast(({ sinceMs }) => sinceMs <= timeMs) ??
      this.earlierImages[0] ??
      this.image
    );
  }

  /** Puts it below a process, or below none. */
  link(parentImage: TreeNode | undefined): void {
    this.parentImage?.process.children?.delete(this);
    this.parentImage = parentImage;
    if (parentImage === undefined) return;
    const { process } = parentImage;
    process.children ??= new Set();
    process.children.add(this);
  }
}

/** A process that is told of by its own event. */
export function sightingBy(event: RawEvent): Sighting {
  const { pid, ppid, comm, uid, gid, timeMs, processStartMs: startMs } = event;
  return { pid, ppid, comm, uid, gid, timeMs, startMs };
}
