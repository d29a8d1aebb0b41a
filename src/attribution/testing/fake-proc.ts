import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a process in a {@link FakeProc} looks like; without a program there is no more than `stat` and `cgroup`. */
interface FakeProcess {
  readonly ageMs?: number;
  readonly cgroup?: string;
  readonly ppid?: number;
  readonly comm?: string;
  readonly state?: string;
  readonly flags?: number;
  readonly program?: Readonly<{
    exe: string;
    cwd: string;
    cmdline: string;
    uid: number;
    gid: number;
  }>;
}

/** A `/proc` and a cgroup hierarchy in a temporary folder, for processes that do not exist. */
export class FakeProc {
  readonly procRoot: string;
  readonly cgroupRoot: string;
  readonly #folder: string;
  readonly #members = new Map<string, number[]>();

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'hullwatch-proc-'));
    this.procRoot = join(this.#folder, 'proc');
    this.cgroupRoot = join(this.#folder, 'cgroup');
    mkdirSync(this.procRoot);
    mkdirSync(this.cgroupRoot);
    writeFileSync(join(this.procRoot, 'uptime'), '1000.00 2000.00\n');
  }

  /** Adds a process that has run for so long in that cgroup; returns the cgroup's number. */
  add(pid: number, process: FakeProcess = {}): number {
    const { ageMs = 0, cgroup = '/', ppid = 0, comm = 'a ) (b', state = 'S', flags = 0 } = process;
    const folder = join(this.procRoot, String(pid));
    mkdirSync(folder, { recursive: true });
    const zeroes = (count: number) => Array.from({ length: count }, () => 0);
    const startTicks = Math.round(100_000 - ageMs / 10);
    const fields = [state, ppid, ...zeroes(4), flags, ...zeroes(12), startTicks, 0];
    writeFileSync(join(folder, 'stat'), `${pid} (${comm}) ${fields.join(' ')}\n`);
    writeFileSync(join(folder, 'cgroup'), `2:cpu:/x\n0::${cgroup}\n`);
    if (process.program !== undefined) this.#addProgram(folder, process.program);
    return this.#addTo(cgroup, pid);
  }

  #addProgram(folder: string, program: NonNullable<FakeProcess['program']>): void {
    const { exe, cwd, cmdline, uid, gid } = program;
    symlinkSync(exe, join(folder, 'exe'));
    symlinkSync(cwd, join(folder, 'cwd'));
    writeFileSync(join(folder, 'cmdline'), cmdline);
    const ids = `Uid:\t${uid}\t0\t0\t0\nGid:\t${gid}\t0\t0\t0\n`;
    writeFileSync(join(folder, 'status'), `Name:\tx\n${ids}`);
  }

  #addTo(cgroup: string, pid: number): number {
    const folder = join(this.cgroupRoot, cgroup);
    mkdirSync(folder, { recursive: true });
    const members = [...(this.#members.get(cgroup) ?? []), pid];
    this.#members.set(cgroup, members);
    writeFileSync(join(folder, 'cgroup.procs'), `${members.join('\n')}\n`);
    return statSync(folder).ino;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
