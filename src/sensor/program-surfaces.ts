import { EVENT_TYPES, type EventType } from '#model/raw-event.js';
import { hasSyscall } from './syscall-names.ts';

/** Programs tell of calls that read and write over sockets: what is said there is one of these. */
const SAID: readonly EventType[] = ['dns', 'http', 'ssh'];
/** Those that give an address with each datagram tell of that too. */
const SENT: readonly EventType[] = ['network', ...SAID];

/** What each program of `ebpf/` tells, by its name. Those that tell nothing keep account of containers. */
export const PROGRAM_EVENTS: Readonly<Record<string, readonly EventType[]>> = {
  process_exec: ['exec'],
  process_fork: ['fork'],
  process_exit: ['exit'],
  cgroup_attach: [],
  cgroup_remove: [],
  sys_openat: ['open'],
  sys_openat2: ['open'],
  sys_open: ['open'],
  sys_creat: ['open'],
  sys_open_by_handle_at: ['open'],
  capability_granted: ['capabilities'],
  capability_asked: ['capabilities'],
  syscall_enter: ['syscall'],
  sys_connect: ['network'],
  sys_accept: ['network'],
  sys_accept4: ['network'],
  sys_sendto: SENT,
  sys_recvfrom: SENT,
  sys_sendmsg: SENT,
  sys_recvmsg: SENT,
  sys_sendmmsg: SENT,
  sys_recvmmsg: SENT,
  socket_write: SAID,
  socket_read: SAID,
  sys_write: SAID,
  sys_writev: SAID,
  sys_read: SAID,
  sys_readv: SAID,
  sys_symlink: ['symlink'],
  sys_symlinkat: ['symlink'],
  sys_link: ['hardlink'],
  sys_linkat: ['hardlink'],
  sys_bpf: ['bpf'],
  sys_unshare: ['unshare'],
  sys_setns: ['setns'],
  sys_ptrace: ['ptrace'],
  io_uring_submit: ['iouring'],
  sys_init_module: ['kmod'],
  sys_finit_module: ['kmod'],
  sys_delete_module: ['kmod'],
  module_load: ['kmod'],
  sys_mount: ['mount'],
  sys_move_mount: ['mount'],
  fpu_deactivated: ['randomx'],
};

/** Without these there is no sensor; the loader says so too. */
export const ESSENTIAL_PROGRAMS: ReadonlySet<string> = new Set([
  ...['process_exec', 'process_fork', 'process_exit', 'cgroup_attach', 'sys_openat'],
]);

/** What tells all that a program would have told. On kernels without modules `syscall_enter` tells of the attempts. */
const SUBSTITUTES: Readonly<Record<string, readonly string[]>> = {
  capability_granted: ['capability_asked'],
  capability_asked: ['capability_granted'],
  socket_write: ['sys_write', 'sys_writev'],
  socket_read: ['sys_read', 'sys_readv'],
  sys_write: ['socket_write'],
  sys_writev: ['socket_write'],
  sys_read: ['socket_read'],
  sys_readv: ['socket_read'],
  sys_init_module: ['syscall_enter'],
  sys_finit_module: ['syscall_enter'],
  sys_delete_module: ['syscall_enter'],
  module_load: ['syscall_enter'],
};

/** What is not told because a program does not run. */
export interface SkippedProgram {
  /** The sensor cannot run without it. */
  readonly isEssential: boolean;
  /** Other programs tell the same, or there is nothing to tell. */
  readonly isNeedless: boolean;
  /** Types of which no event is told. */
  readonly none: readonly EventType[];
  /** Types of which some events are told by other programs. */
  readonly some: readonly EventType[];
  /** For a person: `no setns events are told`, or `nothing is missed by it`. */
  readonly meaning: string;
}

/**
 * What a machine misses whose kernel does not take `program` while it takes those of `running`. Nothing where others
 * tell the same, or where the call that it watches does not exist on `architecture` (as Node calls it).
 */
export function judgeSkipped(
  program: string,
  running: ReadonlySet<string>,
  architecture: string = process.arch,
): SkippedProgram {
  const isEssential = ESSENTIAL_PROGRAMS.has(program);
  const types = PROGRAM_EVENTS[program];
  if (types === undefined) {
    const meaning = 'what it tells is not known here';
    return { isEssential, isNeedless: false, none: [], some: [], meaning };
  }
  if (isReplaced(program, running) || isOfNoCall(program, architecture)) {
    const meaning = 'nothing is missed by it';
    return { isEssential, isNeedless: true, none: [], some: [], meaning };
  }
  const notTold = new Set(typesNotTold(running));
  const none = types.filter((type) => notTold.has(type));
  const some = types.filter((type) => !notTold.has(type));
  const meanings = [
    ...(none.length > 0 ? [`no ${listOf(none)} events are told`] : []),
    ...(some.length > 0 ? [`some ${listOf(some)} events are not told`] : []),
    ...(types.length === 0 ? ['containers are told apart less well'] : []),
  ];
  return { isEssential, isNeedless: false, none, some, meaning: meanings.join(', ') };
}

/** The types of which none of these programs tells, in the order of the model. */
export function typesNotTold(running: ReadonlySet<string>): readonly EventType[] {
  const told = new Set([...running].flatMap((program) => PROGRAM_EVENTS[program] ?? []));
  // Without modules in the kernel, the program of all system calls tells of attempts to load them.
  if (running.has('syscall_enter')) told.add('kmod');
  return EVENT_TYPES.filter((type) => !told.has(type));
}

function isReplaced(program: string, running: ReadonlySet<string>): boolean {
  const substitutes = SUBSTITUTES[program] ?? [];
  return substitutes.length > 0 && substitutes.every((name) => running.has(name));
}

/** Newer architectures do not have the calls that others have replaced: arm64 has no `open`. */
function isOfNoCall(program: string, architecture: string): boolean {
  return program.startsWith('sys_') && hasSyscall(program.slice(4), architecture) === false;
}

function listOf(types: readonly EventType[]): string {
  return types.join(', ').replace(/, (?=[^,]*$)/, ' and ');
}
