import { inBackground } from '#runtime/background.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { WorkSlices } from '#runtime/work-slices.js';
import { eventFrame, type FrameCounter, SharedEvent } from './event-frames.ts';
import { EventRing, type RingBounds } from './event-ring.ts';
import type { RowForm, RowWriter } from './representation.ts';
import type { ResourceRows } from './resource-rows.ts';

/** A hub looks after its watchers so often: bookmarks for the quiet ones, an end for the dead ones. */
const TICK_MS = 30_000;

/** What a hub works with. */
export interface HubSources {
  readonly rows: ResourceRows;
  readonly writer: RowWriter;
  readonly clock: Clock;
  readonly slices: WorkSlices;
  readonly log: Logger;
  readonly counter: FrameCounter;
  readonly ring: RingBounds;
  readonly withBodies: boolean;
}

/** What a hub tells. */
export interface HubMember {
  /** There is something new. */
  pump(): void;
  /** Some time has passed. */
  tick(): void;
  /** There will be nothing more; the client is to ask again. */
  end(): void;
}

/**
 * Reads the changes of one kind once for all its watchers. Works while it has members; the newest
 * events stay in a ring, from which each member takes what it has not told yet.
 */
export class WatchHub {
  readonly sources: HubSources;
  readonly #members = new Set<HubMember>();
  #work: { readonly ring: Promise<EventRing>; readonly stop: () => void } | undefined;
  #ring: EventRing | undefined;
  #users = 0;
  #bookmark: { readonly key: string; readonly frame: Buffer } | undefined;

  constructor(sources: HubSources) {
    this.sources = sources;
  }

  /** The ring, from now until {@link leave}; reading begins with the first who asks. Rejects as the store does. */
  async join(): Promise<EventRing> {
    this.#users += 1;
    this.#work ??= this.#start();
    try {
      return await this.#work.ring;
    } catch (reason) {
      this.leave();
      throw reason;
    }
  }

  /** To be called once for each {@link join} that succeeded. */
  leave(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#stop();
  }

  /** Ends reading and all members, as when the store goes away. */
  close(): void {
    this.#stop();
  }

  /** Undefined when reading has ended. */
  get ring(): EventRing | undefined {
    return this.#ring;
  }

  add(member: HubMember): void {
    this.#members.add(member);
  }

  remove(member: HubMember): void {
    this.#members.delete(member);
  }

  /** A bookmark of a version, made once for all. */
  bookmarkFrame(version: number, form: RowForm): Buffer {
    const key = `${version} ${form.key}`;
    if (this.#bookmark?.key !== key) {
      const frame = eventFrame('BOOKMARK', this.sources.writer.bookmark(version, form));
      this.#bookmark = { key, frame };
    }
    return this.#bookmark.frame;
  }

  #start() {
    const controller = new AbortController();
    const ring = this.#open(controller.signal);
    const stop = () => controller.abort();
    void inBackground('watch hub', this.sources.log, async () => {
      await this.#read(await ring.catch(() => undefined), controller.signal);
    });
    return { ring, stop };
  }

  async #open(signal: AbortSignal): Promise<EventRing> {
    const { rows, ring } = this.sources;
    const { resourceVersion } = await rows.list({ signal, withBodies: false, limit: 1 });
    const opened = new EventRing(resourceVersion, ring);
    if (!signal.aborted) this.#ring = opened;
    return opened;
  }

  async #read(ring: EventRing | undefined, signal: AbortSignal): Promise<void> {
    const cancel = ring && this.#tickEvery(TICK_MS);
    try {
      if (ring) await this.#fill(ring, signal);
    } catch (reason) {
      if (!signal.aborted) this.sources.log.warn('watch hub ended', errorFields(reason));
    } finally {
      cancel?.();
      // A hub that was stopped may have been started again meanwhile.
      if (!signal.aborted) this.#stop();
    }
  }

  async #fill(ring: EventRing, signal: AbortSignal): Promise<void> {
    const { rows, withBodies, writer, counter } = this.sources;
    for await (const change of rows.watchRows({ after: ring.told, withBodies, signal })) {
      if (signal.aborted) return;
      if (change.type === 'bookmark') {
        ring.advance(change.resourceVersion);
        continue;
      }
      ring.add(new SharedEvent(change, writer, counter));
      for (const member of this.#members) member.pump();
    }
  }

  #tickEvery(intervalMs: number): () => void {
    const { clock } = this.sources;
    const tick = () => {
      for (const member of this.#members) member.tick();
      cancel = clock.schedule(intervalMs, tick);
    };
    let cancel = clock.schedule(intervalMs, tick);
    return () => cancel();
  }

  #stop(): void {
    this.#work?.stop();
    this.#work = undefined;
    this.#ring = undefined;
    for (const member of [...this.#members]) member.end();
  }
}
