import { capabilityName } from '../capability-names.ts';
import { errorOf, pathIn } from './inspektor-gadget-files.ts';
import { type Base, NOTHING, type Told } from './inspektor-gadget-told.ts';
import type { LineFields } from './line-fields.ts';
import { isOvercommitCheck } from './overcommit-check.ts';

/** What trace_exec puts between two arguments (gadgets/trace_exec/consts). */
const ARGUMENT_END = '\u00a0';
/** What trace_exec keeps of one argument, without its NUL. */
const KEPT_ARGUMENT_BYTES = 127;

/** A line of trace_exec. */
export function execOfGadget(line: LineFields, base: Base): Told {
  if (errorOf(line) !== 0) return NOTHING;
  const args = argumentsOf(line);
  const [first = ''] = args;
  const cwd = line.text('cwd', 'proc.cwd') ?? '';
  const file = line.text('file') || first;
  const exePath = line.text('exepath', 'proc.exepath') || pathIn(cwd, file);
  const total = line.count('args_count') ?? args.length;
  return {
    type: 'exec',
    ...base,
    args,
    argsTruncated: total > args.length || args.some(isCut),
    file,
    exePath: exePath.startsWith('/') || exePath.startsWith('memfd:') ? exePath : '',
    cwd,
    upperLayer: line.flag('upper_layer') ?? false,
    parentUpperLayer: line.flag('pupper_layer') ?? false,
  };
}

/** A line of trace_capabilities. */
export function capabilityOfGadget(line: LineFields, base: Base): Told {
  const number = line.count('cap_raw');
  const name = line.name('cap')?.replace(/^CAP_/i, '').toUpperCase() ?? capabilityName(number ?? 0);
  const syscall = syscallName(line.name('syscall') ?? '');
  const isGranted = line.flag('capable') ?? line.text('verdict')?.toLowerCase() !== 'deny';
  if (!isGranted || isOvercommitCheck(name, syscall)) return NOTHING;
  return { type: 'capabilities', ...base, capability: name, syscall };
}

/** A line of traceloop or audit_seccomp. */
export function syscallOfGadget(line: LineFields, base: Base): Told {
  const syscall = syscallName(line.mustName('syscall'));
  if (syscall === '') line.refuse('syscall', 'the name of a system call');
  return { type: 'syscall', ...base, syscall };
}

/** In early releases of trace_exec and in the tools before it the separator was a blank, or the line had a list. */
function argumentsOf(line: LineFields): readonly string[] {
  const list = line.texts('args');
  if (list !== undefined) return list;
  const text = line.text('args') ?? '';
  if (text === '') return [];
  if (text.includes(ARGUMENT_END)) return withoutLastEmpty(text.split(ARGUMENT_END));
  return line.count('args_count') === 1 ? [text] : withoutLastEmpty(text.split(' '));
}

function withoutLastEmpty(args: readonly string[]): readonly string[] {
  return args.at(-1) === '' ? args.slice(0, -1) : args;
}

function isCut(argument: string): boolean {
  return Buffer.byteLength(argument) === KEPT_ARGUMENT_BYTES;
}

function syscallName(name: string): string {
  return name.toLowerCase().replace(/^sys_/, '');
}
