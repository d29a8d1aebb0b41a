/** How the cgroup trees are mounted. The sensor needs a v2 tree, in which runtimes place containers. */
export type CgroupMode = 'v2' | 'hybrid' | 'v1' | 'unknown';

/** Tells the mode from the text of /proc/self/mounts. */
export function findCgroupMode(mounts: string | undefined): CgroupMode {
  if (mounts === undefined) return 'unknown';
  const types = new Set(mounts.split('\n').map((line) => line.split(' ')[2]));
  if (!types.has('cgroup2')) return 'v1';
  return types.has('cgroup') ? 'hybrid' : 'v2';
}
