import type { ObjectKey } from '#model/profile-store.js';

/** Whether a profile is merged with the list of one of its images. */
export interface SettledImage {
  readonly image: string;
  readonly hasList: boolean;
}

/** An image's list among the others. */
export interface ListedImage {
  readonly image: string;
  readonly sizeBytes: number;
  /** When somebody asked for it last, in milliseconds since the epoch. */
  readonly askedMs: number;
  /** A profile is merged with it. */
  readonly isUsed: boolean;
}

/**
 * The files of images, by the digests of the images, and which profiles are merged with which of them. Everything belongs within a
 * transaction of the tables.
 */
export interface ImageFileTables {
  /** The list as it was put there. */
  list(image: string): Uint8Array | undefined;
  /** When it was asked for last; undefined when there is no list. */
  askedMs(image: string): number | undefined;
  asked(image: string, nowMs: number): void;
  put(image: string, list: Uint8Array, nowMs: number): void;
  remove(image: string): void;
  /** Those that were asked for longest ago first. */
  listed(): readonly ListedImage[];

  /** What was settled for a profile, by image. */
  settled(profile: ObjectKey): readonly SettledImage[];
  /** Once for a profile and image, or once more when the list was lost. */
  settle(profile: ObjectKey, settled: SettledImage): void;
  /** Forgets what was settled for a profile. */
  forget(profile: ObjectKey): void;
}
