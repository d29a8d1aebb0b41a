import type { CallStackNode, IdentifiedCallStack, StackFrame } from '#model/profile.js';
import { sortedByBytes } from './byte-order.ts';

/** A place in the united tree of a call. */
interface FramePlace {
  frame: StackFrame;
  readonly children: Map<string, FramePlace>;
  /** A stack ends here; it keeps a leaf of its own when others go on. */
  isEnd: boolean;
}

/**
 * One entry for each call, in byte order, with all its stacks in one tree: frames of one file and line at
 * one place are one node, the frame type being the smallest given. Every stack stays one: where another goes on
 * from its last frame, that frame stands there a second time, as a leaf. Children by file and line.
 */
export function canonicalCallStacks(
  stacks: readonly IdentifiedCallStack[],
): readonly IdentifiedCallStack[] {
  const byCall = Map.groupBy(stacks, ({ callID }) => callID);
  return sortedByBytes([...byCall.keys()], (callID) => callID).map((callID) => {
    const root = newPlace({ fileID: '', lineno: '' });
    const roots = (byCall.get(callID) ?? []).map(({ callStack }) => callStack.root);
    root.frame = roots.map(({ frame }) => frame).reduce(smaller, roots[0]?.frame ?? root.frame);
    for (const given of roots) addChildren(root, given);
    return { callID, callStack: { root: writtenTree(root) } };
  });
}

function newPlace(frame: StackFrame): FramePlace {
  return { frame, children: new Map(), isEnd: false };
}

/** Without recursion: a stack may be as deep as it likes. */
function addChildren(root: FramePlace, given: CallStackNode): void {
  const open: [FramePlace, CallStackNode][] = [[root, given]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [place, node] = pair;
    const children = node.children ?? [];
    if (children.length === 0) place.isEnd = true;
    for (const child of children) open.push([childAt(place, child.frame), child]);
  }
}

function childAt(place: FramePlace, frame: StackFrame): FramePlace {
  const key = frameKey(frame);
  const known = place.children.get(key);
  if (known === undefined) {
    const child = newPlace(frame);
    place.children.set(key, child);
    return child;
  }
  known.frame = smaller(known.frame, frame);
  return known;
}

function writtenTree(root: FramePlace): CallStackNode {
  const written = { frame: writtenFrame(root.frame), children: [] as CallStackNode[] };
  const open: [FramePlace, CallStackNode[]][] = [[root, written.children]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [place, into] = pair;
    for (const [, child] of sortedByBytes([...place.children], ([key]) => key)) {
      const children: CallStackNode[] = [];
      const frame = writtenFrame(child.frame);
      if (child.isEnd && child.children.size > 0) into.push({ frame });
      into.push(child.children.size > 0 ? { frame, children } : { frame });
      open.push([child, children]);
    }
  }
  return written.children.length > 0 ? written : { frame: written.frame };
}

function writtenFrame({ fileID, lineno, frameType }: StackFrame): StackFrame {
  return { fileID, lineno, ...(frameType !== undefined && { frameType }) };
}

function frameKey({ fileID, lineno }: StackFrame): string {
  return JSON.stringify([fileID, lineno]);
}

/** Of two frames the first by file and line, then by type; no type comes last. */
function smaller(a: StackFrame, b: StackFrame): StackFrame {
  const [keyOfA, keyOfB] = [frameKey(a), frameKey(b)];
  if (keyOfA !== keyOfB) return keyOfA < keyOfB ? a : b;
  return (b.frameType ?? Number.POSITIVE_INFINITY) < (a.frameType ?? Number.POSITIVE_INFINITY)
    ? b
    : a;
}
