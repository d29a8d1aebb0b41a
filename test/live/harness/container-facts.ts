import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupFolders } from './cgroups.ts';
import type { PrivateContainerd } from './private-containerd.ts';

/** Linux counts the start of a process in ticks of this many a second. */
const TICKS_PER_SECOND = 100;

/** What this machine says about the first process of a container, to hold a sensor's words against. */
export interface ContainerFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly parentComm: string;
  readonly mountNs: number;
  /** Of the container's own cgroup in the v2 tree. */
  readonly cgroupId: number;
  /** Milliseconds since the Unix epoch, as exactly as the kernel tells: 10 ms. */
  readonly startMs: number;
}

/** Reads them from /proc while the process runs. `id` is the container's. */
export async function containerFacts(
  containerd: PrivateContainerd,
  namespace: string,
  id: string,
): Promise<ContainerFacts> {
  const pid = taskPid(await containerd.mustCtr(namespace, ['tasks', 'ls']), id);
  const [ppid = '', startTicks = ''] = [1, 19].map((at) => statFields(pid)[at]);
  const bootMs = Date.now() - Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1_000;
  return {
    pid,
    ppid: Number(ppid),
    parentComm: readFileSync(`/proc/${ppid}/comm`, 'utf8').trim(),
    mountNs: Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/mnt`))?.[0]),
    cgroupId: await cgroupIdOf(pid),
    startMs: bootMs + (Number(startTicks) / TICKS_PER_SECOND) * 1_000,
  };
}

/** The process id of a container's task, from what `ctr tasks ls` prints. */
function taskPid(listing: string, id: string): number {
  const [, pid] = new RegExp(`^${id}\\s+(\\d+)\\s`, 'm').exec(listing) ?? [];
  if (pid === undefined) throw new Error(`there is no task ${id} in:\n${listing}`);
  return Number(pid);
}

/** From the state on: the name before it may hold spaces. */
function statFields(pid: number): readonly string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function cgroupIdOf(pid: number): Promise<number> {
  const line = readFileSync(`/proc/${pid}/cgroup`, 'utf8')
    .split('\n')
    .find((each) => each.startsWith('0::'));
  const path = line?.slice('0::'.length) ?? '';
  const folders = await cgroupFolders(path);
  const unified = folders.find((folder) => folder.endsWith(path) && isUnified(folder));
  if (unified === undefined) throw new Error(`no v2 cgroup ${path}`);
  return statSync(unified).ino;
}

/** Only the v2 tree has this file in every folder. */
function isUnified(folder: string): boolean {
  return statSync(join(folder, 'cgroup.controllers'), { throwIfNoEntry: false }) !== undefined;
}
