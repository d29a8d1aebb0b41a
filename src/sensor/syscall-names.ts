import { ARM64_SYSCALL_NUMBERS, X64_SYSCALL_NUMBERS } from './syscall-numbers.ts';

/** Tells the name of a system call by its number; `syscall_` and the number of one that is not known. */
export type SyscallNames = (number: number) => string;

/**
 * The names on an architecture, as Node calls it (`process.arch`). On one that the sensor is not built for,
 * no number has a name.
 */
export function syscallNamesOf(architecture: string): SyscallNames {
  const names = TABLES[architecture] ?? [];
  return (number) => names[number] ?? `syscall_${number}`;
}

/** Whether an architecture has a system call; undefined when its calls are not known. */
export function hasSyscall(name: string, architecture: string): boolean | undefined {
  return TABLES[architecture]?.includes(name);
}

const TABLES: Readonly<Record<string, readonly (string | undefined)[]>> = {
  x64: parse(X64_SYSCALL_NUMBERS),
  arm64: parse(ARM64_SYSCALL_NUMBERS),
};

function parse(text: string): readonly (string | undefined)[] {
  const names: (string | undefined)[] = [];
  let next = 0;
  for (const word of text.split(/\s+/)) {
    if (/^[0-9]+$/.test(word)) next = Number(word);
    else if (word !== '') names[next++] = word;
  }
  // Without holes, which arrays are slower with.
  return Array.from(names);
}
