import type { PathHashes } from '#profile/collapse/path-hashes.js';
import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import type { ImageFileTables, ListedImage } from './image-file-tables.ts';

/** Of all lists: 40 images of 200,000 files, or 800 of 10,000. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A list that no profile is merged with is kept for so long after it was asked for. */
const KEEP_UNUSED_MS = 24 * 3_600_000;
/** No more often is it written down that a list was asked for, and are unused ones looked for. */
const NOTE_INTERVAL_MS = 3_600_000;
/** So long does the first merge of a profile wait for the list of its image, at most. */
const AWAITED_MS = 60_000;
/** Images that are remembered because their lists are waited for, or will not come. */
const MAX_AWAITED = 1_000;

/** A moment that was over before there were any. */
const NOT_AWAITED = Number.NEGATIVE_INFINITY;

/** Where the file lists of images are kept, for who lists them. Rejects nothing and throws as the store does. */
export interface ImageFileLists {
  /**
   * Somebody lists images from now on. What was learned before may wait for a list that was not asked for yet: for the next minute every
   * image is waited for, as if it had been asked for now. Without this call nobody waits for a list that was not asked for.
   */
  begin(): void;
  /**
   * True when the list of an image, by its digest, is there; it is then kept for a day at least. Otherwise profiles that have
   * nothing of that image yet wait for it: until {@link ImageFileLists.keep} or {@link ImageFileLists.giveUp}, for a minute at most.
   */
  ask(image: string): boolean;
  /** Keeps the list of an image. False when there is no room for it. */
  keep(image: string, files: PathHashes): boolean;
  /** There will be no list of this image, until it is asked for again. */
  giveUp(image: string): void;
}

/** Tables that may have lists. Writes of lists give up nothing else for want of room. */
export interface ListingTables {
  readonly imageFiles: ImageFileTables;
  read<T>(work: () => T): T;
  writeSpare<T>(work: () => T): T;
}

interface StoredListsParts {
  readonly tables: ListingTables;
  readonly clock: Clock;
  readonly log: Logger;
  /** 64 MB when absent. */
  readonly maxBytes?: number | undefined;
}

/** The lists in a store's own file, and which of them are on their way. */
export class StoredImageFileLists implements ImageFileLists {
  readonly #parts: StoredListsParts;
  /** Until when each is waited for, by the monotonic clock; no more when it will not come. */
  readonly #awaited = new Map<string, number>();
  /** Until when all others are waited for. */
  #othersUntilMs = NOT_AWAITED;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(parts: StoredListsParts) {
    this.#parts = parts;
  }

  begin(): void {
    this.#othersUntilMs = this.#parts.clock.monotonic() + AWAITED_MS;
  }

  ask(image: string): boolean {
    const { tables, clock } = this.#parts;
    this.#removeUnused();
    const askedMs = tables.read(() => tables.imageFiles.askedMs(image));
    if (askedMs === undefined) {
      this.#await(image, clock.monotonic() + AWAITED_MS);
      return false;
    }
    // Also when the clock was set back: what is in the future would be kept for ever.
    if (Math.abs(clock.now() - askedMs) > NOTE_INTERVAL_MS) {
      tables.writeSpare(() => tables.imageFiles.asked(image, clock.now()));
    }
    return true;
  }

  keep(image: string, files: PathHashes): boolean {
    const { tables, clock } = this.#parts;
    this.giveUp(image);
    const { bytes } = files;
    return tables.writeSpare(() => {
      // Profiles are merged with the one that is there.
      if (tables.imageFiles.askedMs(image) !== undefined) return true;
      if (!this.#makeRoom(bytes.length)) return false;
      tables.imageFiles.put(image, bytes, clock.now());
      return true;
    });
  }

  giveUp(image: string): void {
    if (this.#areOthersAwaited()) this.#await(image, NOT_AWAITED);
    else this.#awaited.delete(image);
  }

  /** The list may come yet: who depends on it does well to wait. */
  isAwaited(image: string): boolean {
    const untilMs = this.#awaited.get(image) ?? this.#othersUntilMs;
    if (this.#parts.clock.monotonic() < untilMs) return true;
    if (!this.#areOthersAwaited()) this.#awaited.delete(image);
    return false;
  }

  #areOthersAwaited(): boolean {
    return this.#parts.clock.monotonic() < this.#othersUntilMs;
  }

  #await(image: string, untilMs: number): void {
    this.#awaited.delete(image);
    this.#awaited.set(image, untilMs);
    const [oldest] = this.#awaited.keys();
    if (this.#awaited.size > MAX_AWAITED && oldest !== undefined) this.#awaited.delete(oldest);
  }

  /** The unused ones that were asked for longest ago go first; those that are used stay. */
  #makeRoom(sizeBytes: number): boolean {
    const { tables, maxBytes = MAX_BYTES } = this.#parts;
    const listed = tables.imageFiles.listed();
    let sumBytes = listed.reduce((sum, each) => sum + each.sizeBytes, sizeBytes);
    const going: ListedImage[] = [];
    for (const each of listed) {
      if (sumBytes <= maxBytes) break;
      if (each.isUsed) continue;
      going.push(each);
      sumBytes -= each.sizeBytes;
    }
    if (sumBytes > maxBytes) return false;
    for (const { image } of going) tables.imageFiles.remove(image);
    return true;
  }

  /** Never throws: what is not removed now is removed later. */
  #removeUnused(): void {
    const { tables, clock, log } = this.#parts;
    if (clock.monotonic() - this.#lookedMs < NOTE_INTERVAL_MS) return;
    this.#lookedMs = clock.monotonic();
    const isOld = ({ isUsed, askedMs }: ListedImage) =>
      !isUsed && Math.abs(clock.now() - askedMs) > KEEP_UNUSED_MS;
    try {
      const old = tables.read(() => tables.imageFiles.listed()).filter(isOld);
      if (old.length === 0) return;
      tables.writeSpare(() => {
        for (const { image } of old) tables.imageFiles.remove(image);
      });
      log.debug('file lists of images were removed', { images: old.length });
    } catch (reason) {
      log.debug('file lists of images could not be removed', errorFields(reason));
    }
  }
}
