import { existsSync } from 'node:fs';
import { readdir, readFile, rm, rmdir, unlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cgroupFolders, cgroupProcesses, removeCgroups, thaw } from './cgroups.ts';
import { mustRun } from './command.ts';
import { containerdPaths } from './containerd-config.ts';
import { deletePodNetwork, linksOf } from './pod-network.ts';
import { waitFor } from './wait-for.ts';

const RUNTIME_PROGRAMS = ['containerd', 'containerd-shim-runc-v2', 'ctr', 'runc', 'setpriv'];
/** Compiled into containerd (defaults.DefaultStateDir): shims put their sockets here, whatever the configuration. */
const SHIM_SOCKETS = '/run/containerd/s';
/** Compiled into libcni: results of CNI plugins are kept here. */
const CNI_RESULTS = '/var/lib/cni/results';
const REMOVAL_TIMEOUT_MS = 20_000;

/**
 * What one private containerd has on this machine. Everything it makes carries the name of its
 * folder, so that one that was killed in the middle can be removed by someone else.
 */
export class Remains {
  readonly #folder: string;
  readonly #name: string;
  /** Sockets have no name that tells whose they are; known from the state, as long as it is there. */
  readonly #shimSockets = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#name = basename(folder);
  }

  /** Processes, mounts, control groups, links, sockets and files that are still there. Namespaces live as long as one of these. */
  async list(): Promise<readonly string[]> {
    await this.#learnShimSockets();
    const files = [this.#folder, ...this.#shimSockets, ...(await this.#cniResults())];
    return [
      ...(await this.#processes()).map((pid) => `process ${pid}`),
      ...(await this.#mounts()).map((path) => `mount ${path}`),
      ...(await cgroupFolders(this.#name)).map((path) => `cgroup ${path}`),
      ...(await linksOf(this.#name)).map((link) => `link ${link}`),
      ...files.filter((path) => existsSync(path)).map((path) => `file ${path}`),
    ];
  }

  /**
   * Ends and removes all of it, without asking containerd: it may hang, or be gone. Rejects, naming
   * what is left, when that does not succeed.
   */
  async remove(): Promise<void> {
    await this.#learnShimSockets();
    await waitFor(
      'the processes of a private containerd to end',
      () => this.#killAll(),
      REMOVAL_TIMEOUT_MS,
    );
    await this.#unmountAll();
    await deletePodNetwork(this.#name);
    for (const path of [...this.#shimSockets, ...(await this.#cniResults())]) {
      await unlink(path).catch(() => undefined);
    }
    // Folders that other containerds share go only when they are empty.
    for (const shared of [SHIM_SOCKETS, '/run/containerd', CNI_RESULTS, '/var/lib/cni']) {
      await rmdir(shared).catch(() => undefined);
    }
    await rm(this.#folder, { recursive: true, force: true });
    const isGone = async () => {
      await removeCgroups(await cgroupFolders(this.#name));
      const left = await this.list();
      if (left.length > 0) throw new Error(left.join(', '));
      return true;
    };
    await waitFor('the rest of a private containerd to be removed', isGone, REMOVAL_TIMEOUT_MS);
  }

  async #killAll(): Promise<boolean> {
    await thaw(await cgroupFolders(this.#name));
    const pids = await this.#processes();
    for (const pid of pids) kill(pid);
    if (pids.length > 0) throw new Error(`processes ${pids.join(', ')}`);
    return true;
  }

  /** Whatever is in its control groups, and the runtime's own programs that work in its folder. */
  async #processes(): Promise<readonly number[]> {
    const contained = await cgroupProcesses(await cgroupFolders(this.#name));
    const all = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
    const own = await Promise.all(all.map((pid) => this.#isOwnProgram(pid)));
    return [...new Set([...contained, ...all.filter((_, at) => own[at]).map(Number)])];
  }

  async #isOwnProgram(pid: string): Promise<boolean> {
    const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [program = '', ...args] = commandLine.split('\0');
    if (!RUNTIME_PROGRAMS.includes(basename(program))) return false;
    return args.some((arg) => arg.includes(`${this.#folder}/`));
  }

  /** Deepest first: a mount that lies in another one comes before it. */
  async #mounts(): Promise<readonly string[]> {
    const mounts = await readFile('/proc/self/mountinfo', 'utf8');
    const paths = mounts.split('\n').map((line) => line.split(' ')[4] ?? '');
    return paths.filter((path) => path.startsWith(`${this.#folder}/`)).toReversed();
  }

  async #unmountAll(): Promise<void> {
    const paths = await this.#mounts();
    if (paths.length > 0) await mustRun('umount', ['--lazy', '--', ...paths]);
    const left = await this.#mounts();
    // Removing the folder would reach into what is mounted there.
    if (left.length > 0) throw new Error(`still mounted: ${left.join(', ')}`);
  }

  async #learnShimSockets(): Promise<void> {
    const tasks = join(containerdPaths(this.#folder).state, 'io.containerd.runtime.v2.task');
    for (const namespace of await readdir(tasks).catch(() => [])) {
      for (const id of await readdir(join(tasks, namespace)).catch(() => [])) {
        const file = join(tasks, namespace, id, 'address');
        const address = (await readFile(file, 'utf8').catch(() => '')).trim();
        const path = address.replace(/^unix:\/\//, '');
        if (path.startsWith(`${SHIM_SOCKETS}/`)) this.#shimSockets.add(path);
      }
    }
  }

  /** A result of another network than ours (the loopback) tells by the path of its namespace whose it is. */
  async #cniResults(): Promise<readonly string[]> {
    const files = (await readdir(CNI_RESULTS).catch(() => [])).map((file) =>
      join(CNI_RESULTS, file),
    );
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
    return files.filter((_, at) => texts[at]?.includes(`${this.#folder}/`));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
