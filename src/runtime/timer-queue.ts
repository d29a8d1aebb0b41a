/** A call that falls due at a time. */
export interface QueuedTimer {
  readonly atMs: number;
  /** Of two with one time, the lower comes first. */
  readonly order: number;
  readonly run: () => void;
}

interface Entry extends QueuedTimer {
  isCancelled: boolean;
}

/**
 * Timers by their times: a binary heap. A cancelled one stays in its place until it would have come,
 * which costs memory for that long and nothing else.
 */
export class TimerQueue {
  readonly #heap: Entry[] = [];
  #size = 0;

  /** How many wait, cancelled ones left out. */
  get size(): number {
    return this.#size;
  }

  /** Adds a timer; the function returned takes it out again, once. */
  add(timer: QueuedTimer): () => void {
    const entry: Entry = { ...timer, isCancelled: false };
    this.#size += 1;
    this.#rise(entry);
    return () => {
      if (entry.isCancelled) return;
      entry.isCancelled = true;
      this.#size -= 1;
    };
  }

  /** Takes out the first timer if it is due at `atMs`. */
  takeDue(atMs: number): QueuedTimer | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (!first.isCancelled && first.atMs > atMs) return undefined;
      this.#removeFirst();
      if (first.isCancelled) continue;
      first.isCancelled = true;
      this.#size -= 1;
      return first;
    }
    return undefined;
  }

  #rise(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (!parent || !isBefore(entry, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = entry;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const childAt = earlierChild(heap, at);
      const child = heap[childAt];
      if (!child || !isBefore(child, last)) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
  }
}

function earlierChild(heap: readonly Entry[], at: number): number {
  const left = heap[2 * at + 1];
  const right = heap[2 * at + 2];
  return left && right && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
}

function isBefore(one: QueuedTimer, other: QueuedTimer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
