import type { ProcessNode } from '#model/attributed-event.js';
import type { ExecEvent, ForkEvent, RawEvent } from '#model/raw-event.js';

/** How long an ended process is remembered, so that its children's ancestry can be told. */
const MAX_EXITED_AGE_MS = 60_000;
const MAX_EXITED = 8_192;
/** Above what a node runs. More can only come from ends that were lost; the oldest goes then. */
const MAX_PROCESSES = 65_536;
/** How far up is looked for a circle before a late link is left out. Real ancestries are far shorter. */
const MAX_CHECKED_DEPTH = 256;

/** One process while it is in the tree. Its parent link is cut when it leaves, so that no chain grows. */
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

  constructor(pid: number, event: RawEvent, owner: object) {
    this.pid = pid;
    this.isForked = pid !== event.pid;
    this.ppid = this.isForked ? event.pid : event.ppid;
    this.owner = owner;
    this.startTimeMs = event.timeMs;
    this.comm = event.comm;
    this.uid = event.uid;
    this.gid = event.gid;
  }
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
    const node = isKnown ? known : this.#add(new TreeNode(event.pid, event, owner));
    if (node.parent === undefined) {
      const parent = this.#parentOf(node);
      // What has just been made is nobody's ancestor.
      if (parent !== undefined && !(isKnown && isAncestor(node, parent))) node.parent = parent;
    }
    node.uid = event.uid;
    node.gid = event.gid;
    if (event.type === 'exec') executed(node, event);
    else if (event.type === 'fork') this.#forked(node, event);
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

  #forked(parent: TreeNode, event: ForkEvent): void {
    const known = this.#nodes.get(event.childPid);
    // The child's own events may have come before, from another processor.
    if (known?.owner === parent.owner && known.startTimeMs >= event.timeMs) {
      known.parent ??= isAncestor(known, parent) ? undefined : parent;
      return;
    }
    const child = this.#add(new TreeNode(event.childPid, event, parent.owner));
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
    node.parent = undefined;
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

function executed(node: TreeNode, event: ExecEvent): void {
  node.comm = event.comm;
  node.exePath = event.exePath;
  node.args = event.args;
  node.cwd = event.cwd;
  node.upperLayer = event.upperLayer;
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
