import type { RawEvent } from '../../../src/model/raw-event.ts';
import type { ContainerFacts } from './container-facts.ts';

/** What every event carries, and numbers of processes: held against this machine by {@link baseProblems}. */
const BASE_FIELDS: ReadonlySet<string> = new Set([
  ...['seq', 'timeMs', 'cgroupId', 'mountNs', 'pid', 'processStartMs', 'tid', 'ppid', 'uid', 'gid'],
  ...['comm', 'parentComm', 'setup', 'childPid', 'childStartMs', 'targetPid'],
]);
/** /proc tells when a process began in steps of 10 ms, and the two clocks are read at different moments. */
const START_TOLERANCE_MS = 50;

/** What an event says beyond what every event says. */
export function contentOf(event: RawEvent): Readonly<Record<string, unknown>> {
  const entries = Object.entries(event).filter(([field]) => !BASE_FIELDS.has(field));
  return Object.fromEntries(entries);
}

/**
 * Holds what every event carries against what this machine says of the container's first process, and events of
 * its children against the forks that made them. Gives what is wrong.
 */
export function baseProblems(
  events: readonly RawEvent[],
  facts: ContainerFacts,
  [fromMs, toMs]: readonly [number, number],
): readonly string[] {
  const family = new Family(facts);
  return events.flatMap((event, at) => {
    const problems = family.problemsOf(event);
    const beforeMs = events[at - 1]?.timeMs ?? fromMs;
    // Numbers are given a little after the time was taken, on whatever CPU.
    if (event.timeMs < beforeMs - 1) problems.push(`${event.timeMs} after ${beforeMs}`);
    if (event.timeMs < fromMs || event.timeMs > toMs) problems.push(`time ${event.timeMs}`);
    return problems.map((problem) => `${event.type} ${event.seq}: ${problem}`);
  });
}

interface Member {
  readonly ppid: number;
  readonly startMs: number;
}

/** The container's processes, as forks made them. */
class Family {
  readonly #facts: ContainerFacts;
  readonly #members: Map<number, Member>;

  constructor(facts: ContainerFacts) {
    this.#facts = facts;
    this.#members = new Map([[facts.pid, { ppid: facts.ppid, startMs: facts.startMs }]]);
  }

  problemsOf(event: RawEvent): string[] {
    const { mountNs, cgroupId, pid } = this.#facts;
    const member = this.#members.get(event.pid);
    if (!member) return [`pid ${event.pid} is nobody's`];
    const problems: string[] = [];
    const expect = (field: string, actual: unknown, expected: unknown) => {
      if (actual !== expected) problems.push(`${field} is ${actual}, not ${expected}`);
    };
    expect('cgroupId', event.cgroupId, cgroupId);
    expect('mountNs', event.mountNs, mountNs);
    expect('tid', event.tid, event.pid);
    expect('ppid', event.ppid, member.ppid);
    expect('uid', event.uid, 0);
    expect('gid', event.gid, 0);
    expect('setup', event.setup, false);
    const offMs = Math.abs((event.processStartMs ?? 0) - member.startMs);
    if (offMs > START_TOLERANCE_MS) problems.push(`began ${offMs} ms off`);
    if (event.pid === pid) {
      expect('comm', event.comm, 'everything');
      expect('parentComm', event.parentComm, this.#facts.parentComm);
    }
    if (event.type === 'fork') this.#note(event, problems);
    if (event.type === 'ptrace') problems.push(...this.#problemsOfTarget(event));
    return problems;
  }

  #note(
    { childPid, childStartMs = 0, pid, timeMs }: Extract<RawEvent, { readonly type: 'fork' }>,
    problems: string[],
  ): void {
    if (Math.abs(childStartMs - timeMs) > START_TOLERANCE_MS) {
      problems.push(`the child began at ${childStartMs}, it was forked at ${timeMs}`);
    }
    this.#members.set(childPid, { ppid: pid, startMs: childStartMs });
  }

  /** PTRACE_TRACEME (0) has no target; the others have one that was forked. */
  #problemsOfTarget({
    request,
    targetPid,
  }: Extract<RawEvent, { readonly type: 'ptrace' }>): readonly string[] {
    const isRight = request === 0 || (targetPid !== undefined && this.#members.has(targetPid));
    return isRight ? [] : [`target ${targetPid} is nobody's`];
  }
}
