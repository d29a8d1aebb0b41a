import { normalizePath } from '#profile/normalize-path.js';
import type { UnnumberedEvent } from './line-meaning.ts';
import { type HookReading, type TetragonHook, unsigned } from './tetragon-hook.ts';

/** open(2) relative to the working directory. */
const AT_FDCWD = -100;
const O_WRONLY = 0x1;
const O_RDWR = 0x2;
const O_TRUNC = 0x200;
/** What security_file_permission asks for. */
const MAY_WRITE = 0x2;
const MAY_READ = 0x4;

/** Hooks on files that are open or being opened, as opens with the access that they tell. */
export const FILE_HOOKS: Readonly<Record<string, HookReading>> = {
  fd_install: (hook) => openOfFile(hook, { result: hook.args.numbers[0] ?? 0 }),
  security_file_open: (hook) => openOfFile(hook, {}),
  security_file_permission: (hook) => openOfFile(hook, { flags: accessOf(hook) }),
  security_mmap_file: (hook) => openOfFile(hook, {}),
  security_path_truncate: (hook) => openOfFile(hook, { flags: O_WRONLY | O_TRUNC }),
  sys_creat: (hook) => openOfCall(hook, { folder: AT_FDCWD, flags: 0x241 }),
  sys_open: (hook) => openOfCall(hook, { folder: AT_FDCWD, flags: hook.args.numbers[0] ?? 0 }),
  sys_openat: (hook) => {
    const [folder = AT_FDCWD, flags = 0] = hook.args.numbers;
    return openOfCall(hook, { folder, flags });
  },
  sys_link: (hook) => linkOf(hook, 'hardlink'),
  sys_linkat: (hook) => linkOf(hook, 'hardlink'),
  sys_symlink: (hook) => linkOf(hook, 'symlink'),
  sys_symlinkat: (hook) => linkOf(hook, 'symlink'),
};

/** A path that was given relative to the working directory. */
export function pathFromCwd({ body }: TetragonHook, given: string): string {
  if (given === '' || given.startsWith('/')) return given;
  const cwd = body.text('process.cwd') ?? '';
  return cwd === '' ? given : normalizePath(`${cwd}/${given}`);
}

/** Binary of the process, for kinds that carry it. */
export function programOf({ body }: TetragonHook): {
  readonly exePath: string;
  readonly upperLayer: boolean;
} {
  return { exePath: body.text('process.binary') ?? '', upperLayer: false };
}

function openOfFile(
  { args, base, result: returned }: TetragonHook,
  { flags = 0, result = 0 }: { readonly flags?: number; readonly result?: number },
): UnnumberedEvent {
  const file = args.find('file_arg') ?? args.find('path_arg');
  if (file === undefined) return args.refuse('a file_arg or path_arg');
  const isCut = (file.text('flags') ?? '').includes('unresolvedPathComponents');
  return {
    type: 'open',
    ...base,
    path: file.mustText('path'),
    flags,
    result: returned !== undefined && returned < 0 ? returned : result,
    ...(isCut && { pathTruncated: true }),
  };
}

function openOfCall(
  hook: TetragonHook,
  { folder, flags }: { readonly folder: number; readonly flags: number },
): UnnumberedEvent {
  const [given] = hook.args.texts;
  if (given === undefined) return hook.args.refuse('a string_arg with the path');
  return {
    type: 'open',
    ...hook.base,
    path: folder === AT_FDCWD ? pathFromCwd(hook, given) : given,
    flags: unsigned(flags),
    result: hook.result ?? 0,
  };
}

function accessOf({ args }: TetragonHook): number {
  const mask = args.numbers[0] ?? MAY_READ;
  if ((mask & MAY_WRITE) === 0) return 0;
  return (mask & MAY_READ) === 0 ? O_WRONLY : O_RDWR;
}

function linkOf(hook: TetragonHook, type: 'symlink' | 'hardlink'): UnnumberedEvent | undefined {
  const [oldPath, newPath] = hook.args.texts;
  if (oldPath === undefined || newPath === undefined) {
    return hook.args.refuse('two string_args: the old path and the new one');
  }
  if (hook.result !== undefined && hook.result < 0) return undefined;
  const folders = hook.args.numbers;
  const inFolder = (given: string, folder = AT_FDCWD) =>
    folder === AT_FDCWD ? pathFromCwd(hook, given) : given;
  const isHard = type === 'hardlink';
  return {
    type,
    ...hook.base,
    oldPath: isHard ? inFolder(oldPath, folders[0]) : oldPath,
    newPath: inFolder(newPath, isHard ? folders[1] : folders[0]),
    ...programOf(hook),
  };
}
