import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pauseImage } from './images.ts';
import type { PodNetwork } from './pod-network.ts';

/**
 * How the folders of private containerds begin. They are made in /tmp, whatever TMPDIR says: the
 * path of a Unix socket has room for 107 bytes. The last part names the network link too (15).
 */
export const PATH_PREFIX = '/tmp/hwct-';

/** Where one private containerd keeps what it has. All of it lies in one folder. */
export interface ContainerdPaths {
  readonly folder: string;
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly config: string;
  readonly cniConfig: string;
  readonly runcRoot: string;
  /** containerd's own log. */
  readonly log: string;
  /** What containers wrote. */
  readonly containerLogs: string;
}

export function containerdPaths(folder: string): ContainerdPaths {
  return {
    folder,
    root: join(folder, 'root'),
    state: join(folder, 'state'),
    socket: join(folder, 'c.sock'),
    config: join(folder, 'config.toml'),
    cniConfig: join(folder, 'cni'),
    runcRoot: join(folder, 'runc'),
    log: join(folder, 'containerd.log'),
    containerLogs: join(folder, 'logs'),
  };
}

/** Debian's folder of CNI plugins, else that of everyone else. Undefined when there is none. */
export function cniPluginFolder(): string | undefined {
  return ['/usr/lib/cni', '/opt/cni/bin'].find((folder) => existsSync(join(folder, 'bridge')));
}

/** Not needed by any test, and slow to start or noisy in the log. */
const DISABLED_PLUGINS = [
  'io.containerd.internal.v1.restart',
  'io.containerd.internal.v1.tracing',
  'io.containerd.snapshotter.v1.aufs',
  'io.containerd.snapshotter.v1.btrfs',
  'io.containerd.snapshotter.v1.devmapper',
  'io.containerd.snapshotter.v1.native',
  'io.containerd.snapshotter.v1.zfs',
  'io.containerd.tracing.processor.v1.otlp',
];

/** Configuration (version 2) of a containerd that shares nothing with the machine's own. */
export function containerdConfig(paths: ContainerdPaths): string {
  return `version = 2
root = "${paths.root}"
state = "${paths.state}"
temp = "${join(paths.folder, 'tmp')}"
disabled_plugins = ${JSON.stringify(DISABLED_PLUGINS)}

[grpc]
  address = "${paths.socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${join(paths.folder, 'opt')}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage.name}"
  # Lowering the score needs CAP_SYS_RESOURCE, which root does not always have.
  restrict_oom_score_adj = true
  # Else the network namespaces of pods are mounted in /run/netns, where others have theirs.
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniPluginFolder()}"
    conf_dir = "${paths.cniConfig}"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        Root = "${paths.runcRoot}"
`;
}

/**
 * A network whose pods reach each other and this machine and nothing else: a bridge without
 * masquerading and without a default route. The bridge and its address are made by
 * {@link PodNetwork}, not by the plugin, which would turn on IP forwarding for the whole machine.
 */
export function cniConfig(network: PodNetwork, paths: ContainerdPaths): string {
  const bridge = {
    type: 'bridge',
    bridge: network.bridge,
    isGateway: false,
    ipMasq: false,
    ipam: {
      type: 'host-local',
      ranges: [[{ subnet: network.subnet, gateway: network.gateway }]],
      // For documentation (RFC 5737): what pods send there comes here and goes no further.
      routes: [{ dst: '203.0.113.0/24' }],
      dataDir: join(paths.folder, 'ipam'),
    },
  };
  return JSON.stringify({ cniVersion: '0.4.0', name: network.bridge, plugins: [bridge] });
}
