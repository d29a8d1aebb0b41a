import type { CallStackTree } from '#model/call-stack-tree.js';
import type { CallStackNode, IdentifiedCallStack, StackFrame } from '#model/profile.js';
import { PatternTrie } from './pattern-trie.ts';
import { StringPool } from './string-pool.ts';
import { TrieBuilder } from './trie-builder.ts';

const ROOT = 0;

/** Call stacks as a tree: calls first, below them frames by their numbers in a pool. */
export class CallStackTrie implements CallStackTree {
  readonly #strings: StringPool;
  readonly #words: Uint32Array;
  #trie: PatternTrie | undefined;

  constructor(stacks: readonly IdentifiedCallStack[], strings: StringPool) {
    this.#strings = strings;
    const builder = new TrieBuilder((text) => strings.acquire(text));
    for (const { callID, callStack } of stacks) {
      for (const frames of stacksBelow(callStack.root)) builder.add([callID, ...frames], 0);
    }
    this.#words = Uint32Array.from(builder.build().words);
    this.#trie = new PatternTrie(this.#words, 0);
  }

  get callIds(): readonly string[] {
    const calls = this.#trie?.childrenOf(ROOT) ?? [];
    return Array.from(calls, (call) => this.#strings.textOf(call)).sort();
  }

  get sizeBytes(): number {
    return this.#trie === undefined ? 0 : this.#words.byteLength;
  }

  hasStack(callId: string, frames: readonly StackFrame[]): boolean {
    const place = this.#placeOf(callId, frames);
    const trie = this.#trie;
    return (
      trie !== undefined && place >= 0 && trie.firstItemAt(place + 1) > trie.firstItemAt(place)
    );
  }

  hasPrefix(callId: string, frames: readonly StackFrame[]): boolean {
    return this.#placeOf(callId, frames) >= 0;
  }

  /** Every stack as a text, the call first; in code unit order. */
  get lines(): readonly string[] {
    return [...this.#linesBelow()].sort();
  }

  /** Gives its texts back to the pool; from then on it is empty. */
  release(): void {
    for (const segment of this.#trie?.segments() ?? []) this.#strings.release(segment);
    this.#trie = undefined;
  }

  *#linesBelow(): Generator<string> {
    const trie = this.#trie;
    const open = [{ place: ROOT, line: '' }];
    for (let at = open.pop(); trie && at !== undefined; at = open.pop()) {
      const { place, line } = at;
      if (trie.firstItemAt(place + 1) > trie.firstItemAt(place)) yield line;
      for (const segment of trie.childrenOf(place)) {
        const text = JSON.stringify(this.#strings.textOf(segment));
        open.push({ place: trie.child(place, segment), line: `${line} ${text}` });
      }
    }
  }

  #placeOf(callId: string, frames: readonly StackFrame[]): number {
    if (this.#trie === undefined) return -1;
    let place = this.#trie.child(ROOT, this.#strings.idOf(callId));
    for (const frame of frames) {
      if (place < 0) return -1;
      place = this.#trie.child(place, this.#strings.idOf(frameText(frame)));
    }
    return place;
  }
}

/** The call stacks of a profile, by themselves. */
export function buildCallStackTree(stacks: readonly IdentifiedCallStack[]): CallStackTree {
  return new CallStackTrie(stacks, new StringPool(0, true));
}

/** Every way from below the root to a leaf. Without recursion: a tree may be as deep as it likes. */
function* stacksBelow(root: CallStackNode): Generator<readonly string[]> {
  const open = [{ nodes: root.children ?? [], next: 0 }];
  const frames: string[] = [];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const node = level.nodes[level.next];
    level.next += 1;
    if (node === undefined) {
      open.pop();
      frames.pop();
      continue;
    }
    frames.push(frameText(node.frame));
    const nodes = node.children ?? [];
    if (nodes.length > 0) {
      open.push({ nodes, next: 0 });
      continue;
    }
    yield frames;
    frames.pop();
  }
}

function frameText({ fileID, lineno }: StackFrame): string {
  return JSON.stringify([fileID, lineno]);
}
