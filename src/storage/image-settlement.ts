import type { ContainerProfile } from '#model/profile.js';
import type { ObjectKey } from '#model/profile-store.js';
import { PathHashes, type PathSet } from '#profile/collapse/path-hashes.js';
import type { Logger } from '#runtime/log.js';
import type { ImageFileTables, SettledImage } from './image-file-tables.ts';

/** Images of one profile whose lists may be settled; no other has one. Each list takes time with every merge. */
const MAX_IMAGES = 8;

interface SettlementParts {
  readonly tables: ImageFileTables;
  /** Its list is on its way. */
  readonly isAwaited: (image: string) => boolean;
  readonly log: Logger;
}

/** What is to be merged into one profile. */
export interface MergedProfile {
  readonly key: ObjectKey;
  /** As it is stored. */
  readonly profile: ContainerProfile | undefined;
  readonly reports: readonly ContainerProfile[];
}

/**
 * Decides which lists of image files a profile is merged with. Each image is settled once for a profile, with the first merge that has a
 * report of it: with the list that is known then, or without one for good. So the files that keep their own entry only ever become more,
 * and no more often than the profile gets another image.
 */
export class ImageSettlement {
  readonly #parts: SettlementParts;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
  }

  /** True when a list that is on its way would come too late for this merge. */
  isEarly({ key, profile, reports }: MergedProfile): boolean {
    const settled = this.#parts.tables.settled(key);
    const mergedBefore = profile && digestIn(profile);
    return this.#unsettled(reports, settled).some(
      (image) =>
        image !== mergedBefore &&
        this.#parts.tables.askedMs(image) === undefined &&
        this.#parts.isAwaited(image),
    );
  }

  /** Settles what is new, and gives the files of all images that have a list; undefined when none has. */
  filesFor({ key, profile, reports }: MergedProfile): PathSet | undefined {
    const { tables } = this.#parts;
    const settled = [...tables.settled(key)];
    const mergedBefore = profile && digestIn(profile);
    for (const image of this.#unsettled(reports, settled)) {
      // A file of before there were lists has profiles without settled images.
      const hasList = image !== mergedBefore && tables.askedMs(image) !== undefined;
      tables.settle(key, { image, hasList });
      settled.push({ image, hasList });
    }
    const lists = settled
      .filter(({ hasList }) => hasList)
      .map(({ image }) => this.#listOf(key, image))
      .filter((list) => list !== undefined);
    return lists.length === 0 ? undefined : { has: (path) => lists.some((list) => list.has(path)) };
  }

  #unsettled(
    reports: readonly ContainerProfile[],
    settled: readonly SettledImage[],
  ): readonly string[] {
    const known = new Set(settled.map(({ image }) => image));
    const images = reports.map(digestIn).filter((image) => image !== '' && !known.has(image));
    return [...new Set(images)].slice(0, Math.max(0, MAX_IMAGES - settled.length));
  }

  /** A list that was lost or damaged is not waited for: the profile goes without from then on. */
  #listOf(profile: ObjectKey, image: string): PathSet | undefined {
    const { tables, log } = this.#parts;
    const bytes = tables.list(image);
    const list = bytes && PathHashes.of(bytes);
    if (list !== undefined) return list;
    log.warn('the file list of an image is lost: its profile goes without', { ...profile, image });
    tables.settle(profile, { image, hasList: false });
    return undefined;
  }
}

/** What follows the `@` of `docker.io/library/nginx@sha256:…`; empty when there is none. */
function digestIn({ spec }: ContainerProfile): string {
  const id = spec.imageID ?? '';
  const at = id.lastIndexOf('@');
  return at < 0 ? '' : id.slice(at + 1);
}
