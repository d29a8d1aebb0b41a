import { statSync } from 'node:fs';

/** The path in the v2 hierarchy that the text of a `/proc/<pid>/cgroup` names; undefined when there is none. */
export function cgroupPathIn(text: string): string | undefined {
  const line = text.split('\n').find((each) => each.startsWith('0::'));
  return line?.slice('0::'.length);
}

/** Where the v2 hierarchy is mounted: alone, or beside the v1 controllers on a hybrid system. */
export function cgroupV2Root(): string {
  try {
    statSync('/sys/fs/cgroup/cgroup.controllers');
    return '/sys/fs/cgroup';
  } catch {
    return '/sys/fs/cgroup/unified';
  }
}
