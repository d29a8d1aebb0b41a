import { existsSync } from 'node:fs';
import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folders of one control group and of all below it, in every hierarchy of the machine (version
 * 1, 2 or both), children before parents.
 */
export async function cgroupFolders(name: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const hierarchy of await hierarchies()) {
    const top = join(hierarchy, name);
    if (!existsSync(top)) continue;
    const entries = await readdir(top, { recursive: true, withFileTypes: true });
    const below = entries.filter((entry) => entry.isDirectory());
    found.push(top, ...below.map((entry) => join(entry.parentPath, entry.name)));
  }
  return found.sort((one, other) => other.length - one.length);
}

/** The processes in these control groups. */
export async function cgroupProcesses(folders: readonly string[]): Promise<readonly number[]> {
  const pids = new Set<number>();
  for (const folder of folders) {
    const listed = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const pid of listed.split('\n').filter(Boolean)) pids.add(Number(pid));
  }
  return [...pids];
}

/** Lets paused containers run on: in version 1 a frozen process cannot be killed. */
export async function thaw(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const state = join(folder, 'freezer.state');
    if (existsSync(state)) await writeFile(state, 'THAWED').catch(() => undefined);
  }
}

/** Removes empty control groups. One that still holds a dying process stays, for the next try. */
export async function removeCgroups(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}

async function hierarchies(): Promise<readonly string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  return mounts.split('\n').flatMap((line) => {
    const [place = '', source = ''] = line.split(' - ');
    const isCgroup = /^cgroup2? /.test(source);
    return isCgroup ? [place.split(' ')[4] ?? ''] : [];
  });
}
