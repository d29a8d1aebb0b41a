import { type FSWatcher, watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { isManifestName } from './manifests.ts';

/** Calls `onEvent` with the name of what changed in a folder, when it is known, until what is returned is called. */
export type WatchFolder = (
  folder: string,
  onEvent: (name: string | null) => void,
  onFailure: (reason: unknown) => void,
) => () => void;

interface Watched {
  /** Another folder by the same path has another one. */
  readonly identity: string;
  readonly close: () => void;
}

interface Parts {
  readonly watchFolder: WatchFolder;
  readonly onHint: () => void;
  /** A folder cannot be watched: too many are, for example. Told once a folder. */
  readonly onFailure: (folder: string, reason: unknown) => void;
}

/** Whether a change of this name in a folder can be one of rules. */
type IsWanted = (name: string) => boolean;

/**
 * The kernel's word that something changed in the folders around some paths: each path that is a folder, and the
 * folder that each path stands in, since editors and ConfigMaps replace names in place of writing to files.
 */
export class RuleFolderWatches {
  readonly #parts: Parts;
  readonly #watched = new Map<string, Watched>();
  readonly #refused = new Set<string>();
  #wanted = new Map<string, readonly IsWanted[]>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Watches what there is of these now; to be called again when folders may have come or gone. */
  async follow(paths: readonly string[]): Promise<void> {
    this.#wanted = wantedIn(paths.map((path) => resolve(path)));
    for (const folder of this.#wanted.keys()) {
      const identity = await identityOf(folder);
      if (this.#watched.get(folder)?.identity === identity) continue;
      this.#unwatch(folder);
      if (identity !== undefined) this.#watch(folder, identity);
    }
  }

  close(): void {
    for (const { close } of this.#watched.values()) close();
    this.#watched.clear();
  }

  #unwatch(folder: string): void {
    this.#watched.get(folder)?.close();
    this.#watched.delete(folder);
  }

  #watch(folder: string, identity: string): void {
    const fail = (reason: unknown) => {
      this.#unwatch(folder);
      if (!this.#refused.has(folder)) this.#parts.onFailure(folder, reason);
      this.#refused.add(folder);
    };
    try {
      const onEvent = (name: string | null) => {
        // So the end of the folder itself is told. A new one may have its number and its time of birth.
        const isOwnEnd = name === basename(folder);
        if (isOwnEnd) this.#unwatch(folder);
        if (name === null || isOwnEnd || this.#isWanted(folder, name)) this.#parts.onHint();
      };
      const close = this.#parts.watchFolder(folder, onEvent, fail);
      this.#watched.set(folder, { identity, close });
    } catch (reason) {
      fail(reason);
    }
  }

  #isWanted(folder: string, name: string): boolean {
    // A ConfigMap's or Secret's files are links through `..data`, which is swapped when it changes.
    return (
      name.startsWith('..') || (this.#wanted.get(folder) ?? []).some((isWanted) => isWanted(name))
    );
  }
}

/** Watches through the kernel. */
export const watchFolderNow: WatchFolder = (folder, onEvent, onFailure) => {
  const watcher: FSWatcher = watch(folder, (_type, name) => onEvent(name));
  watcher.on('error', onFailure);
  return () => watcher.close();
};

function wantedIn(paths: readonly string[]): Map<string, readonly IsWanted[]> {
  const wanted = new Map<string, readonly IsWanted[]>();
  const add = (folder: string, isWanted: IsWanted) =>
    wanted.set(folder, [...(wanted.get(folder) ?? []), isWanted]);
  for (const path of paths) {
    const own = basename(path);
    add(path, isManifestName);
    add(dirname(path), (name) => name === own);
  }
  return wanted;
}

/** Undefined when there is no folder by this path. */
async function identityOf(folder: string): Promise<string | undefined> {
  try {
    const stats = await stat(folder, { bigint: true });
    // File systems give the number of a folder that went to the next one at once.
    const { dev, ino, birthtimeNs } = stats;
    return stats.isDirectory() ? `${dev} ${ino} ${birthtimeNs}` : undefined;
  } catch {
    return undefined;
  }
}
