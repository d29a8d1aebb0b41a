import type { CallStackNode, IdentifiedCallStack, StackFrame } from '#model/profile.js';
import type { EventFrame } from '#model/raw-event.js';
import { OldestFirst } from './oldest-first.ts';
import { RecentStacks } from './recent-stacks.ts';
import type { Portion, Room } from './room.ts';
import type { RecordedSurface } from './surface.ts';

/** Frames that are kept of one stack, from the outermost on. */
export const MAX_FRAMES = 64;
/** JSON of one frame around its own text. */
const FRAME_CHARS = 50;

/** One stack of one call. */
export interface LearnedStack {
  readonly callId: string;
  readonly frames: readonly EventFrame[];
}

/** A frame, by the way to it from the outermost one. */
interface Place {
  readonly below: Map<string, Map<number, Place>>;
  isEnd: boolean;
}

/** The call stacks of each call, once each. A call is known by the type of its event. */
export class RecordedCallStacks implements RecordedSurface<LearnedStack> {
  readonly #room: Room;
  /** By a number: a stack's own text would be as long as itself. */
  readonly #stacks = new OldestFirst<LearnedStack>((_key, stack) => sizeOf(stack));
  /** What is recorded, so that a stack is found without making a text of it. */
  readonly #roots = new Map<string, Place>();
  readonly #recent = new RecentStacks();
  #count = 0;

  constructor(room: Room) {
    this.#room = room;
  }

  get leftBehind(): number {
    return this.#stacks.leftBehind;
  }

  /** False when the stack is deeper than what is kept. */
  observe(callId: string, all: readonly EventFrame[]): boolean {
    const frames = all.length > MAX_FRAMES ? all.slice(0, MAX_FRAMES) : all;
    const stack = { callId, frames };
    if (frames.length > 0 && !this.#recent.has(stack)) {
      if (this.#isRecorded(stack) || this.#add(stack)) this.#recent.remember(stack);
    }
    return frames === all;
  }

  take(portion: Portion, limit: number): readonly LearnedStack[] {
    return this.#stacks.take(portion, limit).map(([, stack]) => stack);
  }

  markLeftBehind(): void {
    this.#stacks.markLeftBehind();
    this.#roots.clear();
    for (const stack of this.#stacks.values()) this.#index(stack);
    this.#recent.forget();
  }

  #isRecorded({ callId, frames }: LearnedStack): boolean {
    let place = this.#roots.get(callId);
    for (const { fileId, line } of frames) place = place?.below.get(fileId)?.get(line);
    return place?.isEnd === true;
  }

  /** False when there was no room for it. */
  #add(stack: LearnedStack): boolean {
    if (!this.#room.admit(sizeOf(stack))) return false;
    this.#count += 1;
    this.#stacks.set(`${this.#count}`, stack);
    this.#index(stack);
    return true;
  }

  #index({ callId, frames }: LearnedStack): void {
    let place = this.#roots.get(callId) ?? aPlace();
    this.#roots.set(callId, place);
    for (const { fileId, line } of frames) {
      const lines = place.below.get(fileId) ?? new Map<number, Place>();
      place.below.set(fileId, lines);
      place = lines.get(line) ?? aPlace();
      lines.set(line, place);
    }
    place.isEnd = true;
  }
}

/** The stacks as profiles hold them: one tree for each call, below a root with an empty frame. */
export function callStackTrees(stacks: readonly LearnedStack[]): readonly IdentifiedCallStack[] {
  const roots = new Map<string, GrowingNode>();
  for (const { callId, frames } of stacks) {
    let node = roots.get(callId) ?? aNode({ fileID: '', lineno: '' });
    roots.set(callId, node);
    for (const { fileId, line } of frames) {
      const frame = { fileID: fileId, lineno: `${line}` };
      const known = node.children.find((child) => isSameFrame(child.frame, frame));
      const child = known ?? aNode(frame);
      if (known === undefined) node.children.push(child);
      node = child;
    }
  }
  return Array.from(roots, ([callID, root]) => ({ callID, callStack: { root } }));
}

interface GrowingNode extends CallStackNode {
  readonly children: GrowingNode[];
}

function aNode(frame: StackFrame): GrowingNode {
  return { frame, children: [] };
}

function aPlace(): Place {
  return { below: new Map(), isEnd: false };
}

function isSameFrame(a: StackFrame, b: StackFrame): boolean {
  return a.lineno === b.lineno && a.fileID === b.fileID;
}

function sizeOf({ callId, frames }: LearnedStack): number {
  return frames.reduce((sum, { fileId }) => sum + fileId.length + FRAME_CHARS, callId.length);
}
