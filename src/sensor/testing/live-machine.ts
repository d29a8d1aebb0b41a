import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSensorFiles, type SensorFiles } from '../sensor-files.ts';

const BUILD = fileURLToPath(new URL('../ebpf/build.ts', import.meta.url));
const ACTS_SOURCE = fileURLToPath(new URL('./acts.c', import.meta.url));

/** What a live test of the sensor needs, or why this machine does not have it. */
export type LiveMachine =
  | { readonly files: SensorFiles; readonly cgroupRoot: string; readonly skip: undefined }
  | { readonly skip: string };

/** Looks for root, BTF, the v2 cgroup tree and the sensor, which it builds where that is possible. */
export function findLiveMachine(): LiveMachine {
  if (process.platform !== 'linux') return { skip: 'the sensor needs Linux' };
  if (process.getuid?.() !== 0) return { skip: 'the live sensor needs root' };
  if (!existsSync('/sys/kernel/btf/vmlinux')) return { skip: 'this kernel has no BTF' };
  const cgroupRoot = findCgroupRoot();
  if (cgroupRoot === undefined) return { skip: 'no cgroup v2 tree is mounted' };
  const files = findSensorFiles() ?? buildSensor();
  if (typeof files === 'string') return { skip: files };
  return { files, cgroupRoot, skip: undefined };
}

/** Where the v2 tree is mounted: `/sys/fs/cgroup`, or `/sys/fs/cgroup/unified` on hybrid machines. */
function findCgroupRoot(): string | undefined {
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, place, type] = line.split(' ');
    if (type === 'cgroup2') return place;
  }
  return undefined;
}

/** Compiles the program that does what it is told; see acts.c. Throws where there is no C compiler. */
export function compileActs(folder: string): string {
  const program = join(folder, 'acts');
  execFileSync('cc', ['-O1', '-static', '-pthread', '-o', program, ACTS_SOURCE]);
  return program;
}

/** Cgroups made for a test, removed with it. */
export class TestCgroups {
  readonly #made: string[] = [];

  /** Makes the folders of `path` that do not exist yet and returns it. */
  make(root: string, ...names: readonly string[]): string {
    let path = root;
    for (const name of names) {
      path = join(path, name);
      if (existsSync(path)) continue;
      mkdirSync(path);
      this.#made.push(path);
    }
    return path;
  }

  /** Removes all of them; their processes must have ended. */
  remove(): void {
    for (const path of this.#made.splice(0).reverse()) {
      if (existsSync(path)) rmdirSync(path);
    }
  }
}

function buildSensor(): SensorFiles | string {
  try {
    execFileSync(process.execPath, ['--conditions=source', BUILD], { stdio: 'pipe' });
  } catch (error) {
    const { stderr } = error as { readonly stderr?: Buffer };
    return String(stderr ?? error).trim();
  }
  return findSensorFiles() ?? 'the sensor was built, but not for this architecture';
}
