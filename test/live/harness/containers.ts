import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandResult } from './command.ts';
import type { ImageSpec } from './image-archive.ts';
import type { PrivateContainerd } from './private-containerd.ts';

/** A container outside of Kubernetes, as `ctr run` makes it. */
export interface ContainerSpec {
  /** Unique in its namespace; also the name of its control group. */
  readonly id: string;
  /** The containerd namespace. Default `default`. */
  readonly namespace?: string;
  readonly image: ImageSpec;
  /** Default: what the image says. */
  readonly command?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What it may do beyond what every container may, for example `CAP_SYS_ADMIN`. */
  readonly capabilities?: readonly string[];
}

/** A container that was started. */
export interface Container {
  readonly id: string;
  readonly namespace: string;
  /** What it has written to standard output and error so far. */
  output(): Promise<string>;
  /** Runs a command in it to its end. */
  exec(command: readonly string[]): Promise<CommandResult>;
  /** `RUNNING`, `PAUSED` or `STOPPED`, or undefined when it has no task. */
  status(): Promise<string | undefined>;
  /** Sends SIGKILL to every process of it. */
  kill(): Promise<void>;
  /** Kills it if needed and forgets it. */
  remove(): Promise<void>;
}

/** Starts a container and gives it back running. It has no network but a loopback. */
export async function runContainer(
  containerd: PrivateContainerd,
  spec: ContainerSpec,
): Promise<Container> {
  const { id, namespace = 'default' } = spec;
  await containerd.ensureImage(namespace, spec.image);
  const log = join(containerd.paths.containerLogs, `${namespace}-${id}.log`);
  const flags = ['--detach', '--log-uri', `file://${log}`];
  await containerd.mustCtr(namespace, runArguments(containerd, spec, flags));
  const ctr = (...args: string[]) => containerd.mustCtr(namespace, args);
  return {
    id,
    namespace,
    output: () => readFile(log, 'utf8'),
    exec: (command) => execIn(containerd, { id, namespace }, command),
    status: async () => taskStatus(await ctr('tasks', 'ls'), id),
    kill: async () => {
      await ctr('tasks', 'kill', '--all', '--signal', 'SIGKILL', id);
    },
    remove: async () => {
      await containerd.ctr(namespace, ['tasks', 'delete', '--force', id]);
      await ctr('containers', 'delete', id);
    },
  };
}

/** Runs a container to its end and forgets it. Gives what it wrote, and its exit code. */
export async function runContainerToEnd(
  containerd: PrivateContainerd,
  spec: ContainerSpec,
): Promise<CommandResult> {
  const namespace = spec.namespace ?? 'default';
  await containerd.ensureImage(namespace, spec.image);
  const flags = ['--rm', '--fifo-dir', join(containerd.paths.folder, 'fifo')];
  return containerd.ctr(namespace, runArguments(containerd, spec, flags));
}

function runArguments(
  containerd: PrivateContainerd,
  spec: ContainerSpec,
  flags: readonly string[],
): readonly string[] {
  const { id, namespace = 'default', image, command = image.command } = spec;
  const cgroup = join(containerd.cgroupParent, namespace, id);
  const labels = Object.entries(spec.labels ?? {}).map(([key, value]) => `--label=${key}=${value}`);
  const env = Object.entries(spec.env ?? {}).map(([key, value]) => `--env=${key}=${value}`);
  const capabilities = (spec.capabilities ?? []).map((name) => `--cap-add=${name}`);
  const places = ['--cgroup', cgroup, '--runc-root', containerd.paths.runcRoot];
  return [
    'run',
    ...flags,
    ...places,
    ...labels,
    ...env,
    ...capabilities,
    image.name,
    id,
    ...command,
  ];
}

function execIn(
  containerd: PrivateContainerd,
  { id, namespace }: { readonly id: string; readonly namespace: string },
  command: readonly string[],
): Promise<CommandResult> {
  const fifos = ['--fifo-dir', join(containerd.paths.folder, 'fifo')];
  const name = ['--exec-id', randomUUID()];
  return containerd.ctr(namespace, ['tasks', 'exec', ...fifos, ...name, id, ...command]);
}

function taskStatus(listing: string, id: string): string | undefined {
  const rows = listing.split('\n').map((line) => line.trim().split(/\s+/));
  return rows.find(([task]) => task === id)?.[2];
}
