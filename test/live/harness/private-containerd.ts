import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { basename, join } from 'node:path';
import { markOwner, removeAbandoned } from './abandoned.ts';
import { type CommandResult, runCommand } from './command.ts';
import {
  type ContainerdPaths,
  cniConfig,
  containerdConfig,
  containerdPaths,
  PATH_PREFIX,
} from './containerd-config.ts';
import { CriClient } from './cri-client.ts';
import { type ImageSpec, writeImageArchive } from './image-archive.ts';
import { createPodNetwork, type PodNetwork } from './pod-network.ts';
import { Remains } from './remains.ts';
import { waitFor } from './wait-for.ts';

const START_TIMEOUT_MS = 20_000;

/**
 * A containerd of one's own, which shares nothing with the machine's: its root, state, socket,
 * configuration, pod network and control groups all carry the name of its folder. Needs root.
 */
export class PrivateContainerd {
  readonly paths: ContainerdPaths;
  readonly network: PodNetwork;
  /** The control group that all containers are below. */
  readonly cgroupParent: string;
  readonly #remains: Remains;
  readonly #archives = new Map<string, Promise<string>>();
  readonly #imports = new Map<string, Promise<void>>();
  #process: ChildProcess | undefined;
  #cri: CriClient | undefined;

  constructor(folder: string, network: PodNetwork) {
    this.paths = containerdPaths(folder);
    this.network = network;
    this.cgroupParent = `/${basename(folder)}`;
    this.#remains = new Remains(folder);
  }

  /** Where it listens, without a scheme. */
  get socket(): string {
    return this.paths.socket;
  }

  /** The Kubernetes side of it. Ask again after a restart: the old client ends with the old process. */
  get cri(): CriClient {
    if (this.#cri === undefined) throw new Error('containerd is not running');
    return this.#cri;
  }

  /** Starts the process and waits until it serves, containers of an earlier one included. */
  async start(): Promise<void> {
    if (this.#process !== undefined) throw new Error('containerd is running already');
    const log = openSync(this.paths.log, 'a');
    // Should this process be killed, containerd goes with it; removeAbandoned does the rest.
    const args = ['--pdeathsig', 'KILL', '--', 'containerd', '--config', this.paths.config];
    this.#process = spawn('setpriv', args, { stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    try {
      // A gRPC client whose first try fails waits for a second before the next one.
      await waitFor('containerd to listen', () => this.#isListening(), START_TIMEOUT_MS);
      this.#cri = new CriClient(this.paths.socket);
      await waitFor('containerd to serve CRI', () => this.#isServing(), START_TIMEOUT_MS);
    } catch (cause) {
      const lines = (await readFile(this.paths.log, 'utf8')).trim().split('\n');
      throw new Error(`${cause}\n${lines.slice(-20).join('\n')}`, { cause });
    }
  }

  /** Ends the process in order. Containers run on: their shims are processes of their own. */
  async terminate(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends the process at once, as an out-of-memory kill would. Containers run on. */
  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the process in order and starts another one on the same state. */
  async restart(): Promise<void> {
    await this.terminate();
    await this.start();
  }

  /** Ends and removes all that was made through it, by whomever and in whatever state, and itself. */
  async stop(): Promise<void> {
    this.#cri?.close();
    await this.#remains.remove();
    this.#process = undefined;
  }

  /** What still belongs to it: processes, mounts, control groups, links, sockets, files. Empty after {@link stop}. */
  leftovers(): Promise<readonly string[]> {
    return this.#remains.list();
  }

  /** Runs `ctr` in a containerd namespace. */
  ctr(namespace: string, args: readonly string[], timeoutMs = 30_000): Promise<CommandResult> {
    const address = ['--address', this.socket, '--namespace', namespace];
    return runCommand('ctr', [...address, ...args], { timeoutMs });
  }

  /** The same, giving the standard output, and rejecting when it fails. */
  async mustCtr(namespace: string, args: readonly string[]): Promise<string> {
    const { exitCode, stdout, stderr } = await this.ctr(namespace, args);
    if (exitCode === 0) return stdout;
    throw new Error(`ctr ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  }

  /** Makes an image and imports it into a containerd namespace, unless that was done before. */
  ensureImage(namespace: string, image: ImageSpec): Promise<void> {
    const key = `${namespace} ${image.name}`;
    const running = this.#imports.get(key) ?? this.#import(namespace, image);
    this.#imports.set(key, running);
    return running;
  }

  async #import(namespace: string, image: ImageSpec): Promise<void> {
    const archive = await this.#archive(image);
    await this.mustCtr(namespace, ['images', 'import', '--snapshotter', 'overlayfs', archive]);
    if (namespace !== 'k8s.io') return;
    // CRI hears of it through an event, and would ask a registry until then.
    const isKnown = async () => (await this.cri.imageNames()).includes(image.name);
    await waitFor(`CRI to know the image ${image.name}`, isKnown, 10_000);
  }

  #archive(image: ImageSpec): Promise<string> {
    const file = `${image.name.replaceAll(/[^a-z0-9.]+/gi, '-')}.tar`;
    const archive = join(this.paths.folder, file);
    const running =
      this.#archives.get(image.name) ?? writeImageArchive(image, archive).then(() => archive);
    this.#archives.set(image.name, running);
    return running;
  }

  #isListening(): Promise<boolean> {
    return new Promise((resolve) => {
      const connection = connect(this.paths.socket);
      connection.on('error', () => resolve(false));
      connection.on('connect', () => {
        connection.destroy();
        resolve(true);
      });
    });
  }

  async #isServing(): Promise<boolean> {
    await this.cri.listPods();
    return true;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.#process;
    if (ending === undefined) return;
    this.#cri?.close();
    this.#cri = undefined;
    this.#process = undefined;
    const hasEnded = () => ending.exitCode !== null || ending.signalCode !== null;
    ending.kill(signal);
    await waitFor(`containerd to end after ${signal}`, hasEnded, START_TIMEOUT_MS);
  }
}

/**
 * Starts a containerd in a new folder (made in `folder`, default `/tmp`; its path has to be short).
 * What an earlier run left behind because it was killed is removed first.
 */
export async function startPrivateContainerd(
  options: { readonly folder?: string } = {},
): Promise<PrivateContainerd> {
  const prefix = options.folder ? join(options.folder, basename(PATH_PREFIX)) : PATH_PREFIX;
  await removeAbandoned(prefix);
  const folder = await mkdtemp(prefix);
  await markOwner(folder);
  try {
    const network = await createPodNetwork(basename(folder));
    const containerd = new PrivateContainerd(folder, network);
    for (const made of [containerd.paths.cniConfig, containerd.paths.containerLogs]) {
      await mkdir(made);
    }
    await writeFile(containerd.paths.config, containerdConfig(containerd.paths));
    const conflist = join(containerd.paths.cniConfig, '10-pods.conflist');
    await writeFile(conflist, cniConfig(network, containerd.paths));
    await containerd.start();
    return containerd;
  } catch (error) {
    await new Remains(folder).remove();
    throw error;
  }
}
