import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

/** Calls `onHint` when something may have happened to the file of that path; gives what ends that. */
export type FolderWatch = (path: string, onHint: () => void) => () => void;

/**
 * Watches the folder, for a file that is renamed takes a watch of its own with it. Where the system can watch no
 * more, nothing is told: whoever uses this looks from time to time as well.
 */
export const watchFolderOf: FolderWatch = (path, onHint) => {
  const name = basename(path);
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(path), (_event, changed) => {
      if (changed === null || changed === name) onHint();
    });
    watcher.on('error', () => watcher?.close());
  } catch {
    return () => {};
  }
  return () => watcher.close();
};
