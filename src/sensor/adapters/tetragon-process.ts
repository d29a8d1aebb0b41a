import { constants } from 'node:os';
import { posix } from 'node:path';
import type { RawEventBase } from '#model/raw-event.js';
import { normalizePath } from '#profile/normalize-path.js';
import type { LineFields } from './line-fields.ts';
import { type NamedContainer, UNKNOWN_ID, type UnnumberedEvent } from './line-meaning.ts';
import { timeOfLine } from './line-time.ts';
import { splitTetragonArguments } from './tetragon-arguments.ts';

/** What the kernel keeps of a thread's name. */
const COMM_BYTES = 15;
const MAX_ENV_NAMES = 4_096;
const SIGNALS: Readonly<Record<string, number>> = constants.signals;

/** What every event of Tetragon's carries. */
export type TetragonBase = Omit<RawEventBase, 'type' | 'seq' | 'cgroupId'>;

/** Who did it, and when. Tetragon tells no thread names: the programs' names stand in for them. */
export function processOfTetragon(
  line: LineFields,
  { body, nowMs }: { readonly body: LineFields; readonly nowMs: number },
): TetragonBase {
  const pid = body.mustCount('process.pid');
  return {
    timeMs: timeOfLine(line, { text: 'time' }, nowMs),
    mountNs: body.count('process.ns.mnt.inum') ?? 0,
    pid,
    tid: body.count('process.tid') ?? pid,
    ppid: body.count('parent.pid') ?? 0,
    uid: body.count('process.uid') ?? UNKNOWN_ID,
    gid: body.count('process.process_credentials.gid') ?? UNKNOWN_ID,
    comm: commOf(body.text('process.binary') ?? ''),
    parentComm: commOf(body.text('parent.binary') ?? ''),
    setup: false,
  };
}

/** Which container it happened in: the whole id where Kubernetes knows it, else the first 31 characters. */
export function containerOfTetragon(body: LineFields): NamedContainer {
  const id = body.text('process.pod.container.id') || body.text('process.docker') || '';
  const life = body.text('process.pod.container.start_time') ?? '';
  return { id: id.slice(id.lastIndexOf('/') + 1), life };
}

/** A `process_exec`; undefined for a process that was found running when Tetragon started. */
export function execOfTetragon(body: LineFields, base: TetragonBase): UnnumberedEvent | undefined {
  const flags = (body.text('process.flags') ?? '').split(' ');
  if (flags.includes('procFS')) return undefined;
  const binary = body.mustText('process.binary');
  const cwd = body.text('process.cwd') ?? '';
  const names = environmentNames(body);
  return {
    type: 'exec',
    ...base,
    args: [binary, ...splitTetragonArguments(body.text('process.arguments') ?? '')],
    argsTruncated: flags.includes('truncArgs') || flags.includes('errorArgs'),
    file: binary,
    exePath: binary.startsWith('/') || cwd === '' ? binary : normalizePath(`${cwd}/${binary}`),
    cwd,
    upperLayer: false,
    parentUpperLayer: false,
    ...(names.length > 0 && { envNames: names }),
  };
}

/** A `process_exit`. */
export function exitOfTetragon(body: LineFields, base: TetragonBase): UnnumberedEvent {
  const signal = body.text('signal') ?? '';
  return {
    type: 'exit',
    ...base,
    exitCode: (body.count('status') ?? 0) % 256,
    signal: Object.hasOwn(SIGNALS, signal) ? (SIGNALS[signal] ?? 0) : 0,
  };
}

function environmentNames(body: LineFields): readonly string[] {
  return body
    .objects('process.environment_variables')
    .slice(0, MAX_ENV_NAMES)
    .map((variable) => variable.name('key') ?? '')
    .filter((name) => name !== '' && !name.includes('='));
}

function commOf(binary: string): string {
  const name = Buffer.from(posix.basename(binary));
  if (name.length <= COMM_BYTES) return name.toString();
  return name
    .subarray(0, COMM_BYTES)
    .toString()
    .replace(/\ufffd$/, '');
}
