import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Remains } from './remains.ts';

const OWNER_FILE = 'owner';

/** Writes down that this process takes care of the folder. */
export async function markOwner(folder: string): Promise<void> {
  await writeFile(join(folder, OWNER_FILE), await processIdentity(process.pid));
}

/**
 * Removes every private containerd below `pathPrefix` whose owner is no more, because it was killed.
 * Gives their folders.
 */
export async function removeAbandoned(pathPrefix: string): Promise<readonly string[]> {
  const parent = dirname(pathPrefix);
  const names = (await readdir(parent)).filter((name) => name.startsWith(basename(pathPrefix)));
  const removed: string[] = [];
  for (const folder of names.map((name) => join(parent, name))) {
    if (!(await isAbandoned(folder))) continue;
    await new Remains(folder).remove();
    removed.push(folder);
  }
  return removed;
}

async function isAbandoned(folder: string): Promise<boolean> {
  const owner = await readFile(join(folder, OWNER_FILE), 'utf8').catch(() => undefined);
  // Without the file it is not ours, or is being made right now.
  if (owner === undefined) return false;
  return owner !== (await processIdentity(Number(owner.split(' ')[0])));
}

/** Process id and start time: the number alone may have been given to another process meanwhile. */
async function processIdentity(pid: number): Promise<string> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const startTime = status.slice(status.lastIndexOf(')')).split(' ')[20];
  return `${pid} ${startTime}`;
}
