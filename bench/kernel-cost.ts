import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const STATISTICS = '/proc/sys/kernel/bpf_stats_enabled';

interface BpfObject {
  readonly id: number;
  readonly name?: string;
  readonly run_time_ns?: number;
  readonly run_cnt?: number;
  readonly bytes_memlock?: number;
}

/** What a sensor's programs and maps have cost in the kernel. */
export interface KernelCost {
  /** Processor time of all programs, in seconds. It is paid by whoever made the event. */
  readonly seconds: number;
  readonly runs: number;
  /** Of all maps, in megabytes (2^20 bytes). */
  readonly mapsMb: number;
}

/**
 * Reads what BPF programs cost that were loaded after this was made. Needs bpftool; switches the kernel's statistics
 * on until {@link KernelCosts.end}, which costs some ten nanoseconds a run.
 */
export class KernelCosts {
  readonly #before: ReadonlySet<number>;
  readonly #mapsBefore: ReadonlySet<number>;
  readonly #statistics: string;

  constructor() {
    this.#statistics = readFileSync(STATISTICS, 'utf8');
    writeFileSync(STATISTICS, '1');
    this.#before = new Set(shown('prog').map(({ id }) => id));
    this.#mapsBefore = new Set(shown('map').map(({ id }) => id));
  }

  /** So far. */
  now(): KernelCost {
    const programs = shown('prog').filter(({ id }) => !this.#before.has(id));
    const maps = shown('map').filter(({ id }) => !this.#mapsBefore.has(id));
    return {
      seconds: sum(programs, ({ run_time_ns = 0 }) => run_time_ns) / 1e9,
      runs: sum(programs, ({ run_cnt = 0 }) => run_cnt),
      mapsMb: sum(maps, ({ bytes_memlock = 0 }) => bytes_memlock) / 2 ** 20,
    };
  }

  end(): void {
    writeFileSync(STATISTICS, this.#statistics);
  }
}

function shown(what: 'prog' | 'map'): readonly BpfObject[] {
  const { status, stdout, stderr } = spawnSync('bpftool', ['-j', what, 'show'], {
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  if (status !== 0) throw new Error(`bpftool ${what} show: ${stderr ?? 'it cannot be run'}`);
  return JSON.parse(stdout);
}

function sum(objects: readonly BpfObject[], value: (object: BpfObject) => number): number {
  return objects.reduce((total, object) => total + value(object), 0);
}
