import { arch } from 'node:os';
import type { EventType } from '#model/raw-event.js';
import { syscallNamesOf } from '../syscall-names.ts';
import type { LineFields } from './line-fields.ts';
import type { LineMeaning, UnnumberedEvent } from './line-meaning.ts';
import { FILE_HOOKS } from './tetragon-files.ts';
import { type HookReading, TetragonArguments } from './tetragon-hook.ts';
import { PRIVILEGE_HOOKS } from './tetragon-privileges.ts';
import {
  containerOfTetragon,
  execOfTetragon,
  exitOfTetragon,
  processOfTetragon,
  type TetragonBase,
} from './tetragon-process.ts';
import { SOCKET_HOOKS } from './tetragon-sockets.ts';

/** The kinds of event that lines of Tetragon tell; all but the first two need a tracing policy. */
export const TETRAGON_EVENT_TYPES: readonly EventType[] = [
  'exec',
  'exit',
  'open',
  'network',
  'capabilities',
  'syscall',
  'symlink',
  'hardlink',
  'ptrace',
  'unshare',
  'setns',
  'mount',
  'bpf',
  'kmod',
];

/** More than a node makes in a minute, and few enough to be numbered for years. */
const MAX_LOSS = 2 ** 32;

interface Body {
  readonly line: LineFields;
  readonly body: LineFields;
  readonly nowMs: number;
}

/**
 * Reads a line of Tetragon's JSON export. Throws `invalid` for a line that is none, and for a hook whose policy
 * does not ask for the arguments that its event needs.
 *
 * Source of the fields: api/v1/tetragon/tetragon.proto of cilium/tetragon, as protojson writes them with the names
 * of the proto: what is zero or empty is left out, 64 bits are a text.
 */
export function parseTetragonLine(line: LineFields, nowMs: number): LineMeaning {
  const found = KINDS.find(([name]) => line.has(name));
  if (found === undefined) {
    const other = line.names.find((name) => name.startsWith('process_') || name === 'test');
    if (other !== undefined) return { kind: 'foreign', what: other.slice(0, 64) };
    return line.refuse('process_exec', 'an event of Tetragon, such as process_exec');
  }
  const [kind, read] = found;
  const body = line.object(kind);
  if (body === undefined) return line.refuse(kind, 'an object');
  return read({ line, body, nowMs });
}

const KINDS: readonly (readonly [string, (parts: Body) => LineMeaning])[] = [
  ['process_kprobe', hookMeaning('')],
  ['process_exec', (parts) => meaningOf(parts, 'exec', execOfTetragon)],
  ['process_exit', (parts) => meaningOf(parts, 'exit', exitOfTetragon)],
  ['process_tracepoint', tracepointMeaning],
  ['process_lsm', hookMeaning('security_')],
  ['rate_limit_info', lossMeaning],
];

const HOOKS: ReadonlyMap<string, { readonly type: EventType; readonly read: HookReading }> =
  new Map(
    Object.entries({ ...FILE_HOOKS, ...SOCKET_HOOKS, ...PRIVILEGE_HOOKS }).map(([name, read]) => [
      name,
      { type: typeOfHook(name), read },
    ]),
  );

/** What an event of the hook is, for counting hits that are none. */
function typeOfHook(name: string): EventType {
  if (Object.hasOwn(SOCKET_HOOKS, name)) return 'network';
  if (name.includes('symlink')) return 'symlink';
  if (name.includes('link')) return 'hardlink';
  if (Object.hasOwn(FILE_HOOKS, name)) return 'open';
  if (name === 'cap_capable') return 'capabilities';
  if (name.includes('bpf')) return 'bpf';
  const call = (['ptrace', 'unshare', 'setns', 'mount'] as const).find((type) =>
    name.endsWith(`sys_${type}`),
  );
  return call ?? 'kmod';
}

function hookMeaning(prefix: string): (parts: Body) => LineMeaning {
  return (parts) => {
    const { body } = parts;
    const name = prefix + body.mustText('function_name').replace(/^__(?:x64|arm64)_/, '');
    const known = HOOKS.get(name);
    if (known === undefined) return otherCall(parts, name);
    const args = new TetragonArguments(body);
    const result = body.integer('return.int_arg', 'return.long_arg', 'return.size_arg');
    return meaningOf(parts, known.type, (_body, base) =>
      known.read({ name, body, base, args, result }),
    );
  };
}

function lossMeaning({ body }: Body): LineMeaning {
  const count = body.count('number_of_dropped_process_events') ?? 0;
  if (count <= MAX_LOSS) return { kind: 'lost', count };
  return body.refuse('number_of_dropped_process_events', `at most ${MAX_LOSS}`);
}

/** A policy may watch any call: that it was made is an event of its own. */
function otherCall(parts: Body, name: string): LineMeaning {
  const syscall = /^sys_([a-z0-9_]{1,64})$/.exec(name)?.[1];
  if (syscall === undefined) return { kind: 'foreign', what: name.slice(0, 64) };
  return meaningOf(parts, 'syscall', (_body, base) => ({ type: 'syscall', ...base, syscall }));
}

function tracepointMeaning(parts: Body): LineMeaning {
  const { body } = parts;
  const subsystem = body.text('subsys') ?? '';
  const event = body.text('event') ?? '';
  if (subsystem === 'syscalls' && event.startsWith('sys_enter_')) {
    return otherCall(parts, event.replace('sys_enter_', 'sys_'));
  }
  if (subsystem !== 'raw_syscalls' || event !== 'sys_enter') {
    return { kind: 'foreign', what: `${subsystem}:${event}`.slice(0, 64) };
  }
  const args = new TetragonArguments(body);
  const { abi = '', number } = syscallNumberOf(args);
  // Numbers of another table.
  if (/32|i386/.test(abi)) return { kind: 'foreign', what: `system calls of ${abi.slice(0, 16)}` };
  const syscall = nameOfSyscall(number);
  return meaningOf(parts, 'syscall', (_body, base) => ({ type: 'syscall', ...base, syscall }));
}

function syscallNumberOf(args: TetragonArguments): {
  readonly abi?: string;
  readonly number: number;
} {
  const found = args.find('syscall_id');
  if (found) return { abi: found.text('abi') ?? '', number: found.count('id') ?? 0 };
  const [number] = args.numbers;
  if (number === undefined || number < 0) {
    return args.refuse('a syscall_id or a number of a system call');
  }
  return { number };
}

const nameOfSyscall = syscallNamesOf(arch());

function meaningOf(
  { line, body, nowMs }: Body,
  type: EventType,
  read: (body: LineFields, base: TetragonBase) => UnnumberedEvent | undefined,
): LineMeaning {
  const event = read(body, processOfTetragon(line, { body, nowMs }));
  if (event === undefined) return { kind: 'unwanted', type };
  return { kind: 'event', event, container: containerOfTetragon(body) };
}
