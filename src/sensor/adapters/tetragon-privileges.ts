import type { UnnumberedEvent } from './line-meaning.ts';
import { pathFromCwd, programOf } from './tetragon-files.ts';
import { type HookReading, type TetragonHook, unsigned } from './tetragon-hook.ts';

/** `CAP_OPT_NOAUDIT`: the kernel asks for itself, for example whether memory may be overcommitted. */
const NO_AUDIT = 0x2;
/** Requests by which a process takes control of another one or changes it (sys/ptrace.h). */
const TAKES_CONTROL: ReadonlySet<number> = new Set([
  0, 4, 5, 6, 13, 15, 16, 0x4203, 0x4205, 0x4206,
]);
/** Refusals of mount, setns and the like: EPERM, EACCES, ENOSYS. */
const REFUSALS: ReadonlySet<number> = new Set([-1, -13, -38]);
const BPF_MAP_CREATE = 0;
const BPF_PROG_LOAD = 5;
/** The kernel's names of modules have 55. */
const MAX_NAME_CHARS = 256;
/** `READING_MODULE` of security_kernel_read_file. */
const READING_MODULE = 2;

/** Hooks on what takes privileges: capabilities, namespaces, mounts, tracing, BPF and modules. */
export const PRIVILEGE_HOOKS: Readonly<Record<string, HookReading>> = {
  cap_capable: capabilityOf,
  sys_ptrace: ptraceOf,
  sys_unshare: unlessFailed((hook) => {
    const [flags] = hook.args.numbers;
    const told = flags === undefined ? {} : { flags: unsigned(flags) };
    return { type: 'unshare', ...hook.base, ...programOf(hook), ...told };
  }),
  sys_setns: unlessFailed((hook) => {
    const flags = unsigned(hook.args.numbers[1] ?? 0);
    return { type: 'setns', ...hook.base, flags, ...programOf(hook) };
  }),
  sys_mount: unlessFailed(mountOf),
  sys_bpf: unlessFailed((hook) => {
    const [cmd] = hook.args.numbers;
    if (cmd === undefined) return hook.args.refuse('an int_arg with the command');
    return bpfOf(hook, unsigned(cmd), hook.args.numbers[1] ?? 0);
  }),
  bpf_check: (hook) => bpfOf(hook, BPF_PROG_LOAD, 0),
  security_bpf_prog_load: (hook) => bpfOf(hook, BPF_PROG_LOAD, 0),
  security_bpf_map_alloc: (hook) => bpfOf(hook, BPF_MAP_CREATE, 0),
  security_bpf_map_create: (hook) => bpfOf(hook, BPF_MAP_CREATE, 0),
  do_init_module: (hook) => moduleOf(hook, 'init_module'),
  free_module: (hook) => moduleOf(hook, 'delete_module'),
  sys_init_module: (hook) => moduleOf(hook, 'init_module'),
  sys_finit_module: (hook) => moduleOf(hook, 'finit_module'),
  sys_delete_module: (hook) => moduleOf(hook, 'delete_module'),
  security_kernel_read_file: (hook) =>
    hook.args.numbers[0] === READING_MODULE ? moduleOf(hook, 'finit_module') : undefined,
};

/** Leaves out what failed otherwise than by a refusal. */
function unlessFailed(read: HookReading): HookReading {
  return (hook) => {
    const { result = 0 } = hook;
    return result < 0 && !REFUSALS.has(result) ? undefined : read(hook);
  };
}

function capabilityOf({ args, base, result = 0 }: TetragonHook): UnnumberedEvent | undefined {
  const found = args.find('capability_arg');
  if (found === undefined) return args.refuse('a capability_arg');
  // One of Tetragon's names lacks the prefix.
  const capability = found.mustName('name').replace(/^CAP_/, '');
  const options = args.numbers[0] ?? 0;
  const isOwnQuestion = capability === 'SYS_ADMIN' && (options & NO_AUDIT) !== 0;
  if (result !== 0 || isOwnQuestion) return undefined;
  return { type: 'capabilities', ...base, capability, syscall: '' };
}

/** The other process is told as the caller numbers it, not as the host does: it is left out. */
function ptraceOf({ args, base, body }: TetragonHook): UnnumberedEvent | undefined {
  const [request] = args.numbers;
  if (request === undefined) return args.refuse('an int_arg or size_arg with the request');
  if (!TAKES_CONTROL.has(request)) return undefined;
  return { type: 'ptrace', ...base, exePath: body.text('process.binary') ?? '', request };
}

function mountOf(hook: TetragonHook): UnnumberedEvent {
  const [source, target, filesystem = ''] = hook.args.texts;
  if (source === undefined || target === undefined) {
    return hook.args.refuse('string_args: the source and the target');
  }
  return {
    type: 'mount',
    ...hook.base,
    source,
    target: pathFromCwd(hook, target),
    filesystem,
    flags: unsigned(hook.args.numbers[0] ?? 0),
    ...programOf(hook),
  };
}

function bpfOf(hook: TetragonHook, cmd: number, attrSize: number): UnnumberedEvent {
  const size = Math.max(0, attrSize);
  return { type: 'bpf', ...hook.base, cmd, attrSize: size, ...programOf(hook) };
}

function moduleOf(hook: TetragonHook, syscall: string): UnnumberedEvent {
  const { args } = hook;
  const file = args.find('file_arg')?.text('path') ?? '';
  const given = args.find('module_arg')?.text('name') ?? (file || args.texts[0] || '');
  const name = given
    .slice(given.lastIndexOf('/') + 1)
    .replace(/\.ko(\.[a-z]+)?$/, '')
    .slice(0, MAX_NAME_CHARS);
  const isParameters = syscall !== 'delete_module' && file === '' && !args.find('module_arg');
  const module = isParameters ? '' : name;
  return { type: 'kmod', ...hook.base, module, syscall, ...programOf(hook) };
}
