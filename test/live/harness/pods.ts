import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandResult } from './command.ts';
import type { ContainerConfig, SandboxConfig } from './cri-client.ts';
import type { ImageSpec } from './image-archive.ts';
import { pauseImage } from './images.ts';
import type { PrivateContainerd } from './private-containerd.ts';

/** The containerd namespace in which CRI keeps its containers. */
const CRI_NAMESPACE = 'k8s.io';
/** What a kubelet asks for by default: the network is the pod's, the processes each container's own. */
const SECURITY_CONTEXT = { namespace_options: { network: 0, pid: 1, ipc: 0 } };

/** A container of a pod. */
interface PodContainerSpec {
  readonly name: string;
  readonly image: ImageSpec;
  /** Default: what the image says. */
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What it may do beyond what every container may, without `CAP_`. */
  readonly capabilities?: readonly string[];
  /** Folders of this machine by their place in the container. */
  readonly volumes?: Readonly<Record<string, string>>;
}

/** A pod as its manifest would say it. */
export interface PodSpec {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly containers: readonly PodContainerSpec[];
}

/** A pod that runs. */
export interface Pod {
  readonly sandboxId: string;
  readonly ip: string;
  /** Container ids by name. */
  readonly containerIds: ReadonlyMap<string, string>;
  /** Runs a command in the container of that name to its end. */
  exec(container: string, command: readonly string[]): Promise<CommandResult>;
  /** Ends the container of that name at once, and nothing else. */
  stopContainer(container: string): Promise<void>;
  /** Ends its containers and takes its network away; it stays listed. */
  stop(): Promise<void>;
  /** Stops it if needed and forgets it. */
  remove(): Promise<void>;
}

/**
 * Runs a pod through CRI with the labels that a kubelet sets, its containers in control groups as
 * a kubelet would nest them (`…/kubepods/besteffort/pod<uid>/<container id>`).
 */
export async function runPod(containerd: PrivateContainerd, spec: PodSpec): Promise<Pod> {
  const images = [pauseImage, ...spec.containers.map(({ image }) => image)];
  await Promise.all(images.map((image) => containerd.ensureImage(CRI_NAMESPACE, image)));
  const sandbox = sandboxConfig(containerd, spec);
  const sandboxId = await containerd.cri.runSandbox(sandbox);
  const containerIds = new Map<string, string>();
  for (const container of spec.containers) {
    await mkdir(join(sandbox.log_directory, container.name), { recursive: true });
    const config = containerConfig(spec, container);
    const id = await containerd.cri.runContainer(sandboxId, sandbox, config);
    containerIds.set(container.name, id);
  }
  const ip = await containerd.cri.sandboxIp(sandboxId);
  const idOf = (container: string) => {
    const id = containerIds.get(container);
    if (id === undefined) throw new Error(`pod ${spec.name} has no container ${container}`);
    return id;
  };
  return {
    sandboxId,
    ip,
    containerIds,
    exec: (container, command) => containerd.cri.exec(idOf(container), command),
    stopContainer: (container) => containerd.cri.stopContainer(idOf(container), 0),
    stop: () => containerd.cri.stopSandbox(sandboxId),
    remove: async () => {
      await containerd.cri.stopSandbox(sandboxId);
      await containerd.cri.removeSandbox(sandboxId);
    },
  };
}

function sandboxConfig(containerd: PrivateContainerd, spec: PodSpec): SandboxConfig {
  const { name, namespace, uid } = spec;
  return {
    metadata: { name, namespace, uid, attempt: 0 },
    hostname: name,
    log_directory: join(containerd.paths.containerLogs, `${namespace}_${name}_${uid}`),
    labels: { ...spec.labels, ...kubeletLabels(spec) },
    linux: {
      cgroup_parent: `${containerd.cgroupParent}/kubepods/besteffort/pod${uid}`,
      security_context: SECURITY_CONTEXT,
    },
  };
}

function containerConfig(pod: PodSpec, container: PodContainerSpec): ContainerConfig {
  const { name, image, command = image.command, env = {}, capabilities = [] } = container;
  const volumes = Object.entries(container.volumes ?? {});
  return {
    metadata: { name, attempt: 0 },
    image: { image: image.name },
    command,
    envs: Object.entries(env).map(([key, value]) => ({ key, value })),
    labels: { ...kubeletLabels(pod), 'io.kubernetes.container.name': name },
    annotations: { 'io.kubernetes.container.restartCount': '0' },
    mounts: volumes.map(([container_path, host_path]) => ({ container_path, host_path })),
    log_path: join(name, '0.log'),
    linux: {
      security_context: {
        ...SECURITY_CONTEXT,
        capabilities: { add_capabilities: capabilities },
      },
    },
  };
}

function kubeletLabels({ name, namespace, uid }: PodSpec): Readonly<Record<string, string>> {
  return {
    'io.kubernetes.pod.name': name,
    'io.kubernetes.pod.namespace': namespace,
    'io.kubernetes.pod.uid': uid,
  };
}
