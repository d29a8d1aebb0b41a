import type { ContainerRecord } from './container-record.ts';

/**
 * Names that runtimes give a container's cgroup: the id by itself (cgroupfs driver), or a systemd
 * scope. Deliberately not `libpod-conmon-…` and `crio-conmon-…`: those hold a container's monitor,
 * which runs on the host.
 */
const CONTAINER_CGROUP =
  /^(?:(?:cri-containerd|crio|docker|libpod|nerdctl|containerd)-)?([0-9a-f]{64})(?:\.scope)?$/;

/** The container id in the name of a cgroup, when that has the form of a container's. */
export function idInCgroupName(name: string): string | undefined {
  return CONTAINER_CGROUP.exec(name)?.[1];
}

/**
 * True when a cgroup's path is the one that was made for the container: it has the container's id
 * in it, or it is what the specification asks for, in the form of cgroupfs (a path) or of systemd
 * (`slice:prefix:name`). A process that is still in the runtime's own cgroup must not make that the
 * container's.
 */
export function isCgroupOf(path: string, { id, cgroupsPath }: ContainerRecord): boolean {
  if (id !== '' && path.includes(id)) return true;
  if (cgroupsPath === '' || cgroupsPath === '/') return false;
  const [, prefix, name] = /^[^:/]*:([^:]*):([^:]+)$/.exec(cgroupsPath) ?? [];
  if (name === undefined) return path.endsWith(cgroupsPath);
  return path.endsWith(`/${prefix ? `${prefix}-` : ''}${name}.scope`);
}
