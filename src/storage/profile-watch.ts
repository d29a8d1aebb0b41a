import type { WatchEvent } from '#model/profile-store.js';
import type { ChangeWatch } from './change-watch.ts';
import { metadataOf } from './object-text.ts';

/** A watch of rows as `ProfileStore.watch` tells it: metadata, a fresh copy for each reader. */
export class ProfileWatch implements AsyncIterableIterator<WatchEvent> {
  readonly #rows: Pick<ChangeWatch, 'next' | 'return'>;

  constructor(rows: Pick<ChangeWatch, 'next' | 'return'>) {
    this.#rows = rows;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<WatchEvent, void>> {
    const result = await this.#rows.next();
    if (result.done) return { done: true, value: undefined };
    const event = result.value;
    return {
      done: false,
      value:
        event.type === 'bookmark'
          ? { type: 'bookmark', resourceVersion: String(event.resourceVersion) }
          : { type: event.type, metadata: metadataOf(event.row) },
    };
  }

  async return(): Promise<IteratorResult<WatchEvent, void>> {
    await this.#rows.return();
    return { done: true, value: undefined };
  }
}

/** The number of a version as text; NaN for what cannot be one of ours. */
export function versionNumber(resourceVersion: string): number {
  return /^\d{1,15}$/.test(resourceVersion) ? Number(resourceVersion) : Number.NaN;
}
