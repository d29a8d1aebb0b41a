/** What `/proc/<pid>/stat` tells, as far as we use it. */
export interface ProcStat {
  readonly comm: string;
  readonly ppid: number;
  /** Ticks of 10 ms from the machine's start to the process's. */
  readonly startTicks: number;
  /** It ended and nobody has asked for its exit status yet. */
  readonly isOver: boolean;
  readonly isKernelThread: boolean;
}

/** Of the fields after the command, by their place. */
const PLACE = { state: 0, ppid: 1, flags: 6, startTicks: 19 } as const;
/** The kernel's `PF_KTHREAD`. */
const KERNEL_THREAD = 0x0020_0000;

/** Reads the text of a `stat` file; undefined when it is none. */
export function statFields(text: string): ProcStat | undefined {
  // The second field is the command in brackets and may hold anything, brackets and spaces too.
  const begin = text.indexOf('(');
  const end = text.lastIndexOf(')');
  if (begin < 0 || end < begin) return undefined;
  const fields = text.slice(end + 2).split(' ');
  const number = (place: number) => Number.parseInt(fields[place] ?? '', 10);
  const state = fields[PLACE.state] ?? '';
  const startTicks = number(PLACE.startTicks);
  const ppid = number(PLACE.ppid);
  if (!Number.isSafeInteger(startTicks) || !Number.isSafeInteger(ppid)) return undefined;
  return {
    comm: text.slice(begin + 1, end),
    ppid,
    startTicks,
    isOver: state === 'Z' || state === 'X',
    isKernelThread: (number(PLACE.flags) & KERNEL_THREAD) !== 0,
  };
}
