import { AgentError } from '#model/agent-error.js';
import { inBackground } from '#runtime/background.js';
import { type EventType, eventFrame, SharedEvent } from './event-frames.ts';
import type { EventRing } from './event-ring.ts';
import type { RowForm } from './representation.ts';
import { isSelected, type RowSelection } from './row-selection.ts';
import { statusOfError } from './status-of-error.ts';
import type { HubMember, WatchHub } from './watch-hub.ts';

/** Where the lines of a watch go: a response, or a test. */
export interface WatchSink {
  write(frame: Buffer): void;
  /** Bytes that wait for the reader. */
  backlogBytes(): number;
  /** Ends the stream after what was written. */
  end(): void;
  /** Ends it now: nobody reads. */
  destroy(): void;
}

/** A watch that has told everything up to `position`. */
export interface WatcherOptions {
  readonly hub: WatchHub;
  readonly selection: RowSelection;
  readonly form: RowForm;
  readonly sink: WatchSink;
  readonly position: number;
  /** Keys of what matched at `position`, for a selection that may change. Taken over. */
  readonly matched: Set<string>;
  readonly allowsBookmarks: boolean;
  readonly signal: AbortSignal;
}

/** More than this is not kept for a reader who is slow; it reads the history at its own pace. */
const MOST_BACKLOG_BYTES = 512 * 1024;

/** A reader who takes nothing for so many ticks of the hub is gone. */
const MOST_STALLED_TICKS = 4;

/** How a row is named among those that matched. */
export function matchedKey({
  namespace,
  name,
}: {
  readonly namespace: string;
  readonly name: string;
}) {
  return `${namespace}/${name}`;
}

/**
 * Tells one client what changes: out of the ring of the hub, or out of the history of the store as
 * long as it is further back than the ring. Nothing is told twice and nothing left out; who falls behind
 * the history is told `ERROR` 410.
 */
export class Watcher implements HubMember {
  readonly #options: WatcherOptions;
  #position: number;
  #isInHistory = false;
  #hasEnded = false;
  #stalledTicks = 0;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  pump(): void {
    const { hub } = this.#options;
    if (this.#hasEnded || this.#isInHistory || this.#isFull) return;
    if (!hub.ring) this.end();
    else if (hub.ring.covers(this.#position)) this.#tellFrom(hub.ring);
    else this.#goIntoHistory();
  }

  /** To be called when the reader has taken what it was given. */
  drained(): void {
    this.#stalledTicks = 0;
    this.pump();
  }

  tick(): void {
    if (!this.#isFull) {
      this.bookmark();
      return;
    }
    this.#stalledTicks += 1;
    if (this.#stalledTicks < MOST_STALLED_TICKS) return;
    this.#stop();
    this.#options.sink.destroy();
  }

  /** Tells how far it is, when it is as far as the hub and the client wants to know. */
  bookmark(): void {
    const { hub, form, sink, allowsBookmarks } = this.#options;
    if (this.#hasEnded || !allowsBookmarks || this.#isInHistory || this.#isFull || !hub.ring)
      return;
    this.#position = Math.max(this.#position, hub.ring.told);
    sink.write(hub.bookmarkFrame(this.#position, form));
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#stop();
    this.#options.sink.end();
  }

  get #isFull(): boolean {
    return this.#options.sink.backlogBytes() > MOST_BACKLOG_BYTES;
  }

  #tellFrom(ring: EventRing): void {
    for (const event of ring.after(this.#position)) {
      this.#tell(event);
      if (this.#isFull) return;
    }
  }

  #tell(event: SharedEvent): void {
    const { sink, form } = this.#options;
    this.#position = event.version;
    const type = this.#typeFor(event);
    if (type !== undefined) sink.write(event.frame(form, type));
  }

  /** What the change is to this watch: an object that matches no more is gone, as far as it can tell. */
  #typeFor({ type, row }: SharedEvent): EventType | undefined {
    const { selection, matched } = this.#options;
    const { namespace, mayChange } = selection;
    if (namespace !== undefined && row.namespace !== namespace) return undefined;
    if (!mayChange) return isSelected(selection, row) ? type : undefined;
    const key = matchedKey(row);
    if (type !== 'DELETED' && isSelected(selection, row)) {
      if (matched.has(key)) return 'MODIFIED';
      matched.add(key);
      return 'ADDED';
    }
    return matched.delete(key) ? 'DELETED' : undefined;
  }

  #goIntoHistory(): void {
    this.#isInHistory = true;
    void inBackground('watch history', this.#options.hub.sources.log, async () => {
      try {
        await this.#readHistory();
      } catch (reason) {
        this.#fail(reason);
      }
      this.#isInHistory = false;
      this.pump();
    });
  }

  async #readHistory(): Promise<void> {
    const { hub, selection, signal } = this.#options;
    const { rows, writer, counter, withBodies } = hub.sources;
    const { namespace } = selection;
    const changes = rows.watchRows({
      after: this.#position,
      withBodies,
      signal,
      ...(namespace !== undefined && { namespace }),
    });
    for await (const change of changes) {
      if (this.#hasEnded) return;
      if (change.type === 'bookmark') {
        this.#position = Math.max(this.#position, change.resourceVersion);
      } else {
        this.#tell(new SharedEvent(change, writer, counter));
      }
      // What was read ahead is not kept for a slow reader: it goes on here when there is room again.
      if (this.#isFull) return;
      if (!hub.ring || hub.ring.covers(this.#position)) return;
    }
    this.end();
  }

  #fail(reason: unknown): void {
    if (this.#hasEnded) return;
    if (AgentError.from(reason).code === 'expired') {
      const status = statusOfError(reason, { verb: 'watch' });
      this.#options.sink.write(eventFrame('ERROR', JSON.stringify(status)));
    }
    this.end();
  }

  #stop(): void {
    this.#hasEnded = true;
    this.#options.hub.remove(this);
  }
}
