import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A `/proc` and a cgroup hierarchy in a temporary folder, for processes that do not exist. */
export class FakeProc {
  readonly procRoot: string;
  readonly cgroupRoot: string;
  readonly #folder: string;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'hullwatch-proc-'));
    this.procRoot = join(this.#folder, 'proc');
    this.cgroupRoot = join(this.#folder, 'cgroup');
    mkdirSync(this.procRoot);
    mkdirSync(this.cgroupRoot);
    writeFileSync(join(this.procRoot, 'uptime'), '1000.00 2000.00\n');
  }

  /** Adds a process that has run for so long in that cgroup; returns the cgroup's number. */
  add(pid: number, { ageMs = 0, cgroup = '/' }: { ageMs?: number; cgroup?: string } = {}): number {
    const folder = join(this.procRoot, String(pid));
    mkdirSync(folder, { recursive: true });
    const ticks = Math.round(100_000 - ageMs / 10);
    const fields = ['S', ...Array.from({ length: 18 }, () => '0'), String(ticks), '0'];
    writeFileSync(join(folder, 'stat'), `${pid} (a ) (b) ${fields.join(' ')}\n`);
    writeFileSync(join(folder, 'cgroup'), `2:cpu:/x\n0::${cgroup}\n`);
    mkdirSync(join(this.cgroupRoot, cgroup), { recursive: true });
    return statSync(join(this.cgroupRoot, cgroup)).ino;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
