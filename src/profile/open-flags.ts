/**
 * Flags of open(2) on x86-64 in the order in which they are named: the access mode, then bit by bit.
 * A flag that consists of two bits is named beside the one it includes (`O_SYNC` with `O_DSYNC`,
 * `O_TMPFILE` with `O_DIRECTORY`), because sources that only know single bits name that one alone.
 */
const FLAGS = [
  ['O_CREAT', 0x40],
  ['O_EXCL', 0x80],
  ['O_NOCTTY', 0x100],
  ['O_TRUNC', 0x200],
  ['O_APPEND', 0x400],
  ['O_NONBLOCK', 0x800],
  ['O_DSYNC', 0x1000],
  ['O_DIRECT', 0x4000],
  ['O_LARGEFILE', 0x8000],
  ['O_DIRECTORY', 0x10000],
  ['O_NOFOLLOW', 0x20000],
  ['O_NOATIME', 0x40000],
  ['O_CLOEXEC', 0x80000],
  ['O_SYNC', 0x101000],
  ['O_PATH', 0x200000],
  ['O_TMPFILE', 0x410000],
] as const;

const ACCESS_MODE = 0x3;
const ACCESS_NAMES = ['O_RDONLY', 'O_WRONLY', 'O_RDWR'] as const;
const NAMES: readonly string[] = [...ACCESS_NAMES, ...FLAGS.map(([name]) => name)];

/** A set of flag names as bits, so that sets can be joined and compared without looking at names. */
export type OpenFlagSet = number;

/** The set of what a number given to open(2) means. Both write and read (3) counts as `O_RDWR`. */
export function openFlagSet(flags: number): OpenFlagSet {
  let set = 1 << Math.min(flags & ACCESS_MODE, 2);
  for (let i = 0; i < FLAGS.length; i += 1) {
    const bits = FLAGS[i]?.[1] ?? 0;
    if ((flags & bits) === bits) set |= 1 << (ACCESS_NAMES.length + i);
  }
  return set;
}

/** The names in a set, in their fixed order. */
export function namesOfOpenFlagSet(set: OpenFlagSet): readonly string[] {
  return NAMES.filter((_name, i) => (set & (1 << i)) !== 0);
}

/**
 * The names of the flags in a number given to open(2), always the same ones in the same order:
 * `O_RDONLY`, `O_CLOEXEC`. The array is shared and frozen.
 */
export function openFlagNames(flags: number): readonly string[] {
  const known = namesByFlags.get(flags);
  if (known !== undefined) return known;
  const names = Object.freeze(namesOfOpenFlagSet(openFlagSet(flags)));
  if (namesByFlags.size < MAX_CACHED) namesByFlags.set(flags, names);
  return names;
}

/**
 * Answers by number, for a node sees a few dozen numbers millions of times. A program can pass any
 * number it likes, so what comes after this many is worked out anew each time.
 */
const MAX_CACHED = 1_024;
const namesByFlags = new Map<number, readonly string[]>();
