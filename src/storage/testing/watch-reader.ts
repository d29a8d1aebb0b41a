import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { ProfileKind } from '#model/profile.js';
import type { ProfileStore, WatchEvent, WatchOptions } from '#model/profile-store.js';

/** Reads a watch to its end, and remembers what it told. */
export class WatchReader {
  readonly events: WatchEvent[] = [];
  /** How it ended. */
  end: ErrorCode | 'done' | undefined;
  readonly #abort = new AbortController();

  constructor(
    store: Pick<ProfileStore, 'watch'>,
    kind: ProfileKind,
    options: Omit<WatchOptions, 'signal'>,
  ) {
    void this.#read(store.watch(kind, { ...options, signal: this.#abort.signal }));
  }

  /** What changed, as `added shop/web`. */
  get changes(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'bookmark'
        ? []
        : [`${event.type} ${event.metadata.namespace}/${event.metadata.name}`],
    );
  }

  get bookmarks(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === 'bookmark' ? [event.resourceVersion] : [],
    );
  }

  /** Of each event, bookmarks among them. */
  get versions(): readonly string[] {
    return this.events.map(versionOfEvent);
  }

  abort(): void {
    this.#abort.abort();
  }

  async #read(watch: AsyncIterable<WatchEvent>): Promise<void> {
    try {
      for await (const event of watch) this.events.push(event);
      this.end = 'done';
    } catch (reason) {
      this.end = AgentError.from(reason).code;
    }
  }
}

/** Where a watch goes on after this event. */
export function versionOfEvent(event: WatchEvent): string {
  if (event.type === 'bookmark') return event.resourceVersion;
  return event.metadata.resourceVersion ?? '';
}
