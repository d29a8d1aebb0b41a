import { normalizePath } from '#profile/normalize-path.js';
import { bitsOfNames, MOUNT_FLAGS, OPEN_FLAGS } from './flag-names.ts';
import { type Base, NOTHING, type Told } from './inspektor-gadget-told.ts';
import type { LineFields } from './line-fields.ts';

/** What trace_open keeps of a name (NAME_MAX with the NUL). */
const KEPT_NAME_BYTES = 254;
/** The kernel's names of modules have 55. */
const MAX_NAME_CHARS = 256;
/** Errors of mount(2) that are a refusal: EPERM, EACCES, ENOSYS. */
const REFUSALS: ReadonlySet<number> = new Set([1, 13, 38]);

/** A line of trace_open. */
export function openOfGadget(line: LineFields, base: Base): Told {
  const name = line.text('fname') ?? '';
  const resolved = line.text('fpath') || undefined;
  const error = errorOf(line);
  const isCut = resolved === undefined && Buffer.byteLength(name) >= KEPT_NAME_BYTES;
  return {
    type: 'open',
    ...base,
    path: resolved ?? pathIn(line.text('cwd', 'proc.cwd'), name),
    flags: line.count('flags_raw') ?? bitsOfNames(line.text('flags') ?? '', OPEN_FLAGS),
    result: error === 0 ? (line.count('fd') ?? 0) : -error,
    ...(isCut && { pathTruncated: true }),
  };
}

/** A line of trace_link. */
export function linkOfGadget(line: LineFields, base: Base): Told {
  const type = line.text('type')?.toUpperCase() ?? line.count('type_raw');
  const isHard = type === 'HARDLINK' || type === 0;
  if (!isHard && type !== 'SYMLINK' && type !== 1) {
    line.refuse('type', 'HARDLINK or SYMLINK');
  }
  return {
    type: isHard ? 'hardlink' : 'symlink',
    ...base,
    oldPath: line.mustText('target'),
    newPath: line.mustText('linkpath'),
    ...program(line),
  };
}

/** A line of trace_mount. */
export function mountOfGadget(line: LineFields, base: Base): Told {
  const operation = line.text('op')?.toUpperCase() ?? line.count('op_raw');
  const error = errorOf(line);
  const isMount = operation === 'MOUNT' || operation === 0;
  if (!isMount || (error !== 0 && !REFUSALS.has(error))) return NOTHING;
  return {
    type: 'mount',
    ...base,
    source: line.text('src') ?? '',
    target: pathIn(line.text('cwd', 'proc.cwd'), line.mustText('dest')),
    filesystem: line.text('fs') ?? '',
    flags: line.count('flags_raw') ?? bitsOfNames(line.text('flags') ?? '', MOUNT_FLAGS),
    ...program(line),
  };
}

/** A line of trace_init_module. */
export function moduleOfGadget(line: LineFields, base: Base): Told {
  const path = line.text('filepath') ?? '';
  const given = line.name('syscall') || undefined;
  return {
    type: 'kmod',
    ...base,
    module: path
      .slice(path.lastIndexOf('/') + 1)
      .replace(/\.ko(\.[a-z]+)?$/, '')
      .slice(0, MAX_NAME_CHARS),
    syscall: given ?? (line.count('syscall_raw') === 1 ? 'finit_module' : 'init_module'),
    ...program(line),
  };
}

/** The errno of what failed; 0 when it did not. */
export function errorOf(line: LineFields): number {
  const error = Math.abs(line.integer('error_raw', 'err', 'retval') ?? 0);
  if (error !== 0) return error;
  const name = line.text('error') ?? '';
  // Some error whose number the line does not tell: EPERM.
  return name === '' ? 0 : 1;
}

/** A path that was given relative to a directory; as it was given when the line does not tell the directory. */
export function pathIn(folder: string | undefined, given: string): string {
  if (given === '' || given.startsWith('/') || !folder) return given;
  return normalizePath(`${folder}/${given}`);
}

function program(line: LineFields): { readonly exePath: string; readonly upperLayer: boolean } {
  return {
    exePath: line.text('exepath', 'proc.exepath') ?? '',
    upperLayer: line.flag('upper_layer') ?? false,
  };
}
