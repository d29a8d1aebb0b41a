import type { ProcessNode } from '#model/attributed-event.js';
import type { ExecEvent, ForkEvent, RawEvent } from '#model/raw-event.js';

/** How long an ended process is remembered, so that its children's ancestry can be told. */
const MAX_EXITED_AGE_MS = 60_000;
const MAX_EXITED = 8_192;
/** Above what a node runs. More can only come from ends that were lost; the oldest goes then. */
const MAX_PROCESSES = 65_536;
/** Programs that a process ran before its present one and that its children are still told to come from. */
const MAX_EARLIER_IMAGES = 8;
/** How far up is looked for a circle before a late link is left out. Real ancestries are far shorter. */
const MAX_CHECKED_DEPTH = 256;

/**
 * One process running one program, while it is in the tree. An exec makes a new node, so that what
 * was told of the process before it stays true. Links to parents are cut when the process leaves, so
 * that no chain grows.
 */
class TreeNode implements ProcessNode {
  readonly pid: number;
  readonly ppid: number;
  readonly owner: object;
  readonly startTimeMs: number;
  /** Its beginning was seen, so `startTimeMs` is that and not just the first sighting. */
  readonly isForked: boolean;
  comm: string;
  exePath = '';
  args: readonly string[] = [];
  uid: number;
  gid: number;
  cwd = '';
  upperLayer = false;
  parent: TreeNode | undefined = undefined;
  exitedAtMs: number | undefined = undefined;
  /** The same process before its last execs, newest last. */
  earlierImages: readonly TreeNode[] = [];

  constructor(origin: Origin, event: RawEvent) {
    this.pid = origin.pid;
    this.ppid = origin.ppid;
    this.owner = origin.owner;
    this.startTimeMs = origin.startTimeMs;
    this.isForked = origin.isForked;
    this.comm = event.comm;
    this.uid = event.uid;
    this.gid = event.gid;
  }
}

/** What stays of a process whatever it runs. */
type Origin = Pick<TreeNode, 'pid' | 'ppid' | 'owner' | 'startTimeMs' | 'isForked'>;

/** A process that is told of for the first time, by its own event or as the child of a fork. */
function firstSighting(pid: number, event: RawEvent, owner: object): TreeNode {
  const isForked = pid !== event.pid;
  const ppid = isForked ? event.pid : event.ppid;
  return new TreeNode({ pid, ppid, owner, startTimeMs: event.timeMs, isForked }, event);
}

/**
 * The processes of all containers, as events tell of them. A process that was there before its
 * first event is made up from that event. Nodes belong to an owner (whatever object the caller has
 * for a container); a parent is linked only when it has the same owner. Bounded: see the constants.
 */
export class ProcessTree {
  readonly #nodes = new Map<number, TreeNode>();
  readonly #exited = new Set<TreeNode>();

  /** How many processes are remembered, ended ones too. */
  get size(): number {
    return this.#nodes.size;
  }

  /** Takes in an event and returns the process that did it. One lookup for most events. */
  observe(event: RawEvent, owner: object): ProcessNode {
    const known = this.#nodes.get(event.pid);
    const isKnown = known !== undefined && known.owner === owner && !isReused(known, event);
    const node = isKnown ? known : this.#add(firstSighting(event.pid, event, owner));
    if (node.parent === undefined) {
      const parent = this.#parentOf(node);
      // What has just been made is nobody's ancestor.
      if (parent !== undefined && !(isKnown && isAncestor(node, parent))) node.parent = parent;
    }
    node.uid = event.uid;
    node.gid = event.gid;
    if (event.type === 'exec') return this.#executed(node, event);
    if (event.type === 'fork') this.#forked(node, event);
    else if (event.type === 'exit') this.#ended(node, event.timeMs);
    return node;
  }

  /** Drops all processes of an owner. */
  forget(owner: object): void {
    for (const node of this.#nodes.values()) if (node.owner === owner) this.#remove(node);
  }

  clear(): void {
    this.#nodes.clear();
    this.#exited.clear();
  }

  #executed(before: TreeNode, event: ExecEvent): TreeNode {
    const node = after(before, event);
    const images = [...before.earlierImages, before];
    for (const forgotten of images.splice(0, images.length - MAX_EARLIER_IMAGES)) {
      forgotten.parent = undefined;
    }
    before.earlierImages = [];
    node.earlierImages = images;
    this.#nodes.set(node.pid, node);
    if (this.#exited.delete(before)) this.#exited.add(node);
    return node;
  }

  #forked(parent: TreeNode, event: ForkEvent): void {
    const known = this.#nodes.get(event.childPid);
    // The child's own events may have come before, from another processor.
    if (known?.owner === parent.owner && known.startTimeMs >= event.timeMs) {
      known.parent ??= isAncestor(known, parent) ? undefined : parent;
      return;
    }
    const child = this.#add(firstSighting(event.childPid, event, parent.owner));
    child.parent = parent;
    child.cwd = parent.cwd;
    child.upperLayer = parent.upperLayer;
  }

  #ended(node: TreeNode, timeMs: number): void {
    node.exitedAtMs = timeMs;
    this.#exited.add(node);
    for (const oldest of this.#exited) {
      const isOld = (oldest.exitedAtMs ?? 0) < timeMs - MAX_EXITED_AGE_MS;
      if (!isOld && this.#exited.size <= MAX_EXITED) break;
      this.#remove(oldest);
    }
  }

  #add(node: TreeNode): TreeNode {
    const replaced = this.#nodes.get(node.pid);
    if (replaced !== undefined) {
      // One that ended is still some process's ancestor, and goes when its time is over.
      if (replaced.exitedAtMs === undefined) this.#remove(replaced);
      else this.#nodes.delete(node.pid);
    } else if (this.#nodes.size >= MAX_PROCESSES) {
      const oldest = this.#nodes.values().next().value;
      if (oldest !== undefined) this.#remove(oldest);
    }
    this.#nodes.set(node.pid, node);
    return node;
  }

  #remove(node: TreeNode): void {
    if (this.#nodes.get(node.pid) === node) this.#nodes.delete(node.pid);
    this.#exited.delete(node);
    for (const image of [...node.earlierImages, node]) image.parent = undefined;
  }

  /** The process that has the node's parent's number, if it can have been its parent. */
  #parentOf(node: TreeNode): TreeNode | undefined {
    const parent = this.#nodes.get(node.ppid);
    if (parent === undefined || parent === node || parent.owner !== node.owner) return undefined;
    if (parent.exitedAtMs !== undefined && parent.exitedAtMs < node.startTimeMs) return undefined;
    if (parent.isForked && parent.startTimeMs > node.startTimeMs) return undefined;
    return parent;
  }
}

/** The kernel gave the number of an ended process to a new one. */
function isReused(known: TreeNode, event: RawEvent): boolean {
  return known.exitedAtMs !== undefined && event.timeMs > known.exitedAtMs;
}

/** The process after an exec: the same number, start and parent, another program. */
function after(before: TreeNode, event: ExecEvent): TreeNode {
  const node = new TreeNode(before, event);
  node.parent = before.parent;
  node.exitedAtMs = before.exitedAtMs;
  node.exePath = event.exePath;
  node.args = event.args;
  node.cwd = event.cwd;
  node.upperLayer = event.upperLayer;
  return node;
}

/** True when `node` may be `of` or one of its ancestors: linking it below would make a circle. */
function isAncestor(node: TreeNode, of: TreeNode): boolean {
  let each: TreeNode | undefined = of;
  for (let depth = 0; each !== undefined && each !== node; depth += 1) {
    if (depth === MAX_CHECKED_DEPTH) return true;
    each = each.parent;
  }
  return each === node;
}
