import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { AgentError } from '#model/agent-error.js';
import { PathHashCollector, type PathHashes } from '#profile/collapse/path-hashes.js';

interface ListOptions {
  /** More paths than this are not listed. */
  readonly maxPaths: number;
  readonly signal: AbortSignal;
}

/**
 * The paths of all files and links in a stack of overlay layers, the topmost first, as a container of them sees them; only
 * their hashes are kept. What an upper layer deleted is left out; what was in a folder that an upper layer replaced as a whole
 * is not (that is told by an attribute which cannot be read here). Rejects with `too-large`, `aborted`, or `unavailable` when a
 * layer cannot be read.
 */
export async function layerFiles(
  layers: readonly string[],
  { maxPaths, signal }: ListOptions,
): Promise<PathHashes> {
  const files = new PathHashCollector();
  const deleted = new Set<string>();
  for (const layer of layers) {
    const deletedHere = await readLayer(layer, { deleted, files, maxPaths, signal });
    for (const path of deletedHere) deleted.add(path);
  }
  if (files.countOnce() > maxPaths) throw tooLarge(maxPaths);
  return files.finish();
}

/** Adds what a layer has, and gives what it deletes of those below it. */
async function readLayer(
  layer: string,
  { deleted, files, maxPaths, signal }: Collected & ListOptions,
): Promise<readonly string[]> {
  const deletedHere: string[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    if (signal.aborted) throw new AgentError('aborted', 'listing files of an image was aborted');
    const devices = await readFolder(layer, folder, { deleted, files, folders });
    for (const path of await deletionsIn(layer, devices)) deletedHere.push(path);
    // Layers have files in common, and counting those once takes a while.
    const isTooMuch = files.count > 2 * maxPaths && files.countOnce() > maxPaths;
    if (isTooMuch || folders.length + deletedHere.length > maxPaths) throw tooLarge(maxPaths);
  }
  return deletedHere;
}

function tooLarge(maxPaths: number): AgentError {
  return new AgentError('too-large', `an image has more than ${maxPaths} files`);
}

interface Collected {
  /** By the layers above. */
  readonly deleted: ReadonlySet<string>;
  readonly files: PathHashCollector;
}

interface Found extends Collected {
  /** Still to be read. */
  readonly folders: string[];
}

/** Adds what a folder of a layer has, as the container sees it; gives its character devices, which are no files, and may stand for deletions. */
async function readFolder(
  layer: string,
  folder: string,
  { deleted, files, folders }: Found,
): Promise<readonly string[]> {
  const devices: string[] = [];
  for (const entry of await entriesOf(`${layer}${folder}`)) {
    // Joined like this a path shares the memory of its folder's: `path.join` would take four times as much.
    const path = `${folder}/${entry.name}`;
    if (deleted.has(path)) continue;
    if (entry.isDirectory()) folders.push(path);
    else if (entry.isCharacterDevice()) devices.push(path);
    else files.add(path);
  }
  return devices;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new AgentError('unavailable', `cannot read ${folder}`, { cause });
  }
}

/** A character device without a number stands for what this layer deletes of those below it. */
async function deletionsIn(layer: string, devices: readonly string[]): Promise<readonly string[]> {
  const deletions: string[] = [];
  for (const path of devices) {
    const { rdev } = await lstat(`${layer}${path}`).catch(() => ({ rdev: 1 }));
    if (rdev === 0) deletions.push(path);
  }
  return deletions;
}
