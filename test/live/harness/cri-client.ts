import { join } from 'node:path';
import grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { CommandResult } from './command.ts';

const CALL_TIMEOUT_MS = 20_000;

/** A pod that the runtime has, running or not. */
export interface ListedPod {
  readonly id: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  /** 0: ready, 1: not ready. */
  readonly state: number;
}

/** Whose namespaces a container is in. 0: the pod's, 1: its own, 2: the node's. */
interface SecurityContext {
  readonly namespace_options: {
    readonly network: number;
    readonly pid: number;
    readonly ipc: number;
  };
}

/** The configuration of a pod's sandbox, in the words of CRI. */
export interface SandboxConfig {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly attempt: number;
  };
  readonly hostname: string;
  readonly log_directory: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly linux: { readonly cgroup_parent: string; readonly security_context: SecurityContext };
}

/** What a container may do, and whose namespaces it is in. */
interface ContainerSecurityContext extends SecurityContext {
  readonly capabilities: { readonly add_capabilities: readonly string[] };
}

/** A folder of the node that a container has too. */
interface Mount {
  readonly container_path: string;
  readonly host_path: string;
}

/** The configuration of a container in a pod, in the words of CRI. */
export interface ContainerConfig {
  readonly metadata: { readonly name: string; readonly attempt: number };
  readonly image: { readonly image: string };
  readonly command: readonly string[];
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly mounts: readonly Mount[];
  readonly log_path: string;
  readonly linux: { readonly security_context: ContainerSecurityContext };
}

type Method = (
  request: object,
  options: { readonly deadline: number },
  done: (error: Error | null, response: unknown) => void,
) => void;
type Service = grpc.Client & Readonly<Record<string, Method | undefined>>;
type ServiceClass = new (address: string, credentials: grpc.ChannelCredentials) => Service;

/** What a kubelet says to a container runtime, as far as the tests need it. Every call has a deadline. */
export class CriClient {
  readonly #runtime: Service;
  readonly #images: Service;

  constructor(socket: string) {
    const definition = loadSync(join(import.meta.dirname, 'cri.proto'), {
      keepCase: true,
      longs: Number,
      defaults: true,
    });
    const loaded = grpc.loadPackageDefinition(definition) as unknown as {
      readonly runtime: {
        readonly v1: { readonly RuntimeService: ServiceClass; readonly ImageService: ServiceClass };
      };
    };
    const { RuntimeService, ImageService } = loaded.runtime.v1;
    const credentials = grpc.credentials.createInsecure();
    this.#runtime = new RuntimeService(`unix:${socket}`, credentials);
    this.#images = new ImageService(`unix:${socket}`, credentials);
  }

  close(): void {
    this.#runtime.close();
    this.#images.close();
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const request = { config };
    const { pod_sandbox_id: id } = await call<{ readonly pod_sandbox_id: string }>(
      this.#runtime,
      'RunPodSandbox',
      request,
    );
    return id;
  }

  /** Ends every container of a pod and takes its network away. */
  async stopSandbox(id: string): Promise<void> {
    await call(this.#runtime, 'StopPodSandbox', { pod_sandbox_id: id });
  }

  async removeSandbox(id: string): Promise<void> {
    await call(this.#runtime, 'RemovePodSandbox', { pod_sandbox_id: id });
  }

  /** The address of a pod, or the empty text once it was stopped. */
  async sandboxIp(id: string): Promise<string> {
    const response = await call<{
      readonly status: { readonly network: { readonly ip: string } | null };
    }>(this.#runtime, 'PodSandboxStatus', { pod_sandbox_id: id });
    return response.status.network?.ip ?? '';
  }

  async listPods(): Promise<readonly ListedPod[]> {
    const response = await call<{ readonly items: readonly ListedPod[] }>(
      this.#runtime,
      'ListPodSandbox',
      {},
    );
    return response.items;
  }

  /** Creates and starts a container in a pod. Gives its id. */
  async runContainer(
    sandboxId: string,
    sandboxConfig: SandboxConfig,
    config: ContainerConfig,
  ): Promise<string> {
    const request = { pod_sandbox_id: sandboxId, sandbox_config: sandboxConfig, config };
    const container = await call<{ readonly container_id: string }>(
      this.#runtime,
      'CreateContainer',
      request,
    );
    await call(this.#runtime, 'StartContainer', container);
    return container.container_id;
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    await call(this.#runtime, 'StopContainer', { container_id: id, timeout: graceSeconds });
  }

  /** Runs a command in a container to its end. Rejects when it takes longer than 15 s. */
  async exec(containerId: string, command: readonly string[]): Promise<CommandResult> {
    const request = { container_id: containerId, cmd: command, timeout: 15 };
    const { exit_code, stdout, stderr } = await call<{
      readonly exit_code: number;
      readonly stdout: Buffer;
      readonly stderr: Buffer;
    }>(this.#runtime, 'ExecSync', request);
    return { exitCode: exit_code, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  /** Every name that an image has. */
  async imageNames(): Promise<readonly string[]> {
    const response = await call<{
      readonly images: readonly { readonly repo_tags: readonly string[] }[];
    }>(this.#images, 'ListImages', {});
    return response.images.flatMap(({ repo_tags }) => repo_tags);
  }
}

function call<Response>(service: Service, method: string, request: object): Promise<Response> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, response: unknown) => {
      if (error) reject(new Error(`${method}: ${error.message}`, { cause: error }));
      else resolve(response as Response);
    };
    const deadline = Date.now() + CALL_TIMEOUT_MS;
    service[method]?.call(service, request, { deadline }, done);
  });
}
