import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessNode } from '#model/attributed-event.js';
import type { Container } from '#model/container.js';
import type { Clock } from '#runtime/clock.js';
import { idInCgroupName } from './container-cgroup.ts';
import { isHostContainer } from './host-container.ts';
import { cgroupPathIn, cgroupV2Root } from './proc-cgroup.ts';
import { statFields } from './proc-stat.ts';

/** A process that runs, as /proc tells of it. The start is right to some 10 ms. */
export type ScannedProcess = Omit<ProcessNode, 'parent' | 'startTimeMs'> & {
  readonly startMs: number;
};

/** What looks for the processes of a container that were there before anybody watched. */
export interface ProcessScan {
  /** Reads while it is asked for the next one. Never throws. */
  processesOf(container: Container): Iterable<ScannedProcess>;
}

/** Of one container. Those with the least numbers go first: first processes are likely among them. */
const MAX_OF_CONTAINER = 1_024;
const MAX_OF_HOST = 32_768;
/** Cgroups below a container's own that are looked into. */
const MAX_CGROUPS = 256;
/** What is read of a file: of arguments as much as the sensor tells. */
const MAX_FILE_BYTES = 4_096;
/** `cgroup.procs` has a line a process. */
const MAX_LIST_BYTES = 65_536;
/** Ticks of `/proc/<pid>/stat` last so long: USER_HZ is 100 on every architecture that Node runs on. */
const TICK_MS = 10;
/** Reading uptime and clock takes less, unless something came between. */
const MAX_CLOCK_GAP_MS = 2;
const CLOCK_READINGS = 3;

/**
 * Looks at `/proc` and the cgroup hierarchy for processes that run: their number, parent, start, program, arguments, folder and user.
 * Kernel threads and processes that have ended are left out. Five small files a process, about 0.1 ms; what cannot
 * be read (no right, gone by now) is empty, and a process without a readable `stat` is left out.
 */
export class ProcScan implements ProcessScan {
  readonly #clock: Clock;
  readonly #procRoot: string;
  readonly #cgroupRoot: string;
  readonly #buffer = Buffer.allocUnsafe(MAX_LIST_BYTES);

  constructor({
    clock,
    procRoot = '/proc',
    cgroupRoot = cgroupV2Root(),
  }: Readonly<{ clock: Clock; procRoot?: string | undefined; cgroupRoot?: string | undefined }>) {
    this.#clock = clock;
    this.#procRoot = procRoot;
    this.#cgroupRoot = cgroupRoot;
  }

  /**
   * Of a container: the processes of the cgroup of its first process and of those below it. Of the host: all whose cgroup
   * is not named like a container's.
   */
  *processesOf(container: Container): Iterable<ScannedProcess> {
    const bootedAtMs = this.bootedAtMs();
    if (bootedAtMs === undefined) return;
    for (const pid of isHostContainer(container) ? this.#hostPids() : this.#pidsOf(container)) {
      const found = this.#process(pid, bootedAtMs);
      if (found !== undefined) yield found;
    }
  }

  /** When the kernel began to count: milliseconds since the Unix epoch; undefined when it cannot be read. */
  bootedAtMs(): number | undefined {
    for (let reading = 1; ; reading += 1) {
      const beforeMs = this.#clock.now();
      const uptimeSeconds = Number.parseFloat(this.#read('uptime') ?? '');
      const nowMs = this.#clock.now();
      if (!Number.isFinite(uptimeSeconds)) return undefined;
      if (nowMs - beforeMs <= MAX_CLOCK_GAP_MS || reading === CLOCK_READINGS) {
        return nowMs - uptimeSeconds * 1_000;
      }
    }
  }

  *#hostPids(): Iterable<number> {
    let count = 0;
    for (const pid of numbersIn(this.#names(this.#procRoot))) {
      if (count === MAX_OF_HOST) return;
      const path = cgroupPathIn(this.#read(`${pid}/cgroup`) ?? '') ?? '';
      if (path.split('/').some((name) => idInCgroupName(name) !== undefined)) continue;
      count += 1;
      yield pid;
    }
  }

  /** Its first process alone when its cgroup cannot be read. */
  #pidsOf({ pid }: Container): readonly number[] {
    if (pid <= 0) return [];
    const path = cgroupPathIn(this.#read(`${pid}/cgroup`) ?? '');
    // A path with .. lies outside of our own cgroup namespace; the root is no container's.
    if (path === undefined || path === '/' || path.includes('/..')) return [pid];
    const pids = new Set([pid]);
    const folders = [join(this.#cgroupRoot, path)];
    for (const folder of folders) {
      const list = this.#text(join(folder, 'cgroup.procs'), MAX_LIST_BYTES) ?? '';
      for (const each of numbersIn(list.split('\n'))) pids.add(each);
      for (const name of this.#names(folder, true)) {
        if (folders.length < MAX_CGROUPS) folders.push(join(folder, name));
      }
    }
    return [...pids].sort((a, b) => a - b).slice(0, MAX_OF_CONTAINER);
  }

  #process(pid: number, bootedAtMs: number): ScannedProcess | undefined {
    const stat = statFields(this.#read(`${pid}/stat`) ?? '');
    if (stat === undefined || stat.isOver || stat.isKernelThread) return undefined;
    const status = this.#read(`${pid}/status`) ?? '';
    return {
      pid,
      ppid: stat.ppid,
      comm: stat.comm,
      exePath: asSensor(this.#link(`${pid}/exe`)),
      args: argumentsIn(this.#read(`${pid}/cmdline`) ?? ''),
      uid: realId(status, 'Uid'),
      gid: realId(status, 'Gid'),
      cwd: asSensor(this.#link(`${pid}/cwd`)),
      // Nothing in /proc says which layer of an overlay a file is in.
      upperLayer: false,
      startMs: bootedAtMs + stat.startTicks * TICK_MS,
    };
  }

  #names(folder: string, onlyFolders = false): readonly string[] {
    try {
      if (!onlyFolders) return readdirSync(folder);
      const entries = readdirSync(folder, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch {
      return [];
    }
  }

  #link(name: string): string {
    try {
      return readlinkSync(join(this.#procRoot, name));
    } catch {
      return '';
    }
  }

  #read(name: string): string | undefined {
    return this.#text(join(this.#procRoot, name), MAX_FILE_BYTES);
  }

  #text(file: string, maxBytes: number): string | undefined {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(file, 'r');
      let length = 0;
      // A read of a file in /proc gives a page at most.
      for (let read = -1; read !== 0 && length < maxBytes; length += read) {
        read = readSync(descriptor, this.#buffer, length, maxBytes - length, null);
      }
      return this.#buffer.toString('utf8', 0, length);
    } catch {
      return undefined;
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  }
}

/** The process numbers among the texts, the least first. */
function numbersIn(texts: readonly string[]): readonly number[] {
  return texts
    .filter((text) => /^[1-9]\d*$/.test(text))
    .map(Number)
    .sort((a, b) => a - b);
}

/** `/proc/<pid>/cmdline`: a NUL after each argument. Programs that write over it leave NULs at its end. */
function argumentsIn(text: string): readonly string[] {
  const args = text.split('\0');
  while (args.at(-1) === '') args.pop();
  return args;
}

/** A path as the sensor tells it: without the mark of a deleted file, and a file in memory by its name. */
function asSensor(link: string): string {
  const path = link.replace(/ \(deleted\)$/, '');
  return link !== path && path.startsWith('/memfd:') ? path.slice(1) : path;
}

function realId(status: string, name: 'Uid' | 'Gid'): number {
  const at = status.indexOf(`\n${name}:\t`);
  return at < 0 ? 0 : Number.parseInt(status.slice(at + name.length + 3), 10) || 0;
}
