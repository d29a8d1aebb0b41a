import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '#runtime/clock.js';
import { cgroupPathIn, cgroupV2Root } from './proc-cgroup.ts';

/** What the kernel tells of a process through /proc. Absent is what could not be read. */
export interface ProcessFacts {
  readonly startedAtMs?: number;
  /** Its cgroup in the v2 hierarchy, as a path below the hierarchy's root. */
  readonly cgroup?: { readonly path: string; readonly id: number };
}

/** Ticks of `/proc/<pid>/stat` per second: USER_HZ, 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * Reads `/proc/<pid>`, and the cgroup's inode number below `cgroupRoot`. Synchronous and quick
 * (three small files): a process that was just created may be gone a moment later. Never throws.
 */
export class ProcessFiles {
  readonly #procRoot: string;
  readonly #cgroupRoot: string;
  readonly #clock: Clock;

  constructor({
    procRoot = '/proc',
    cgroupRoot = cgroupV2Root(),
    clock,
  }: Readonly<{ procRoot?: string | undefined; cgroupRoot?: string | undefined; clock: Clock }>) {
    this.#procRoot = procRoot;
    this.#cgroupRoot = cgroupRoot;
    this.#clock = clock;
  }

  read(pid: number): ProcessFacts {
    const startedAtMs = this.#startedAtMs(pid);
    const cgroup = this.#cgroup(pid);
    return { ...(startedAtMs !== undefined && { startedAtMs }), ...(cgroup && { cgroup }) };
  }

  /** Counted back from now by the uptime: the boot time the kernel tells is in whole seconds. */
  #startedAtMs(pid: number): number | undefined {
    // The second field is the command in brackets and may hold anything, brackets and spaces too.
    const stat = this.#text(`${pid}/stat`);
    const ticks = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    const uptime = Number(this.#text('uptime')?.split(' ')[0]);
    const ageSeconds = uptime - ticks / TICKS_PER_SECOND;
    return Number.isFinite(ageSeconds) ? this.#clock.now() - ageSeconds * 1_000 : undefined;
  }

  #cgroup(pid: number): ProcessFacts['cgroup'] | undefined {
    const path = cgroupPathIn(this.#text(`${pid}/cgroup`) ?? '');
    // A path with .. lies outside of our own cgroup namespace: nothing below the mount stands for it.
    if (path === undefined || path === '/' || path.includes('/..')) return undefined;
    try {
      return { path, id: statSync(join(this.#cgroupRoot, path)).ino };
    } catch {
      return undefined;
    }
  }

  #text(file: string): string | undefined {
    try {
      return readFileSync(join(this.#procRoot, file), 'utf8');
    } catch {
      return undefined;
    }
  }
}
