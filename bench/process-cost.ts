import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of this many a second for user space, on every architecture. */
const TICKS_PER_SECOND = 100;

/** What a process has cost so far. */
export interface ProcessCost {
  /** User and system time, in seconds; resolution 10 ms. */
  readonly cpuSeconds: number;
  /** Resident memory now, in megabytes (2^20 bytes). */
  readonly residentMb: number;
  /** The most it ever had resident. */
  readonly peakMb: number;
}

/** Reads what a process has cost from /proc. Throws when it is gone. */
export function costOf(pid: number): ProcessCost {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in brackets may hold spaces; what follows it does not.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1_024;
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentMb: megabytes('VmRSS'),
    peakMb: megabytes('VmHWM'),
  };
}

/** The children of a process, by process id. */
export function childrenOf(pid: number): readonly number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter(Boolean)
      .map(Number),
  );
}
