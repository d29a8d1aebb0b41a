// node --conditions=source tools/syscall-numbers.ts: writes src/sensor/syscall-numbers.ts, the numbers of the
// system calls of x86-64 and arm64, from this machine's kernel headers (Debian: linux-libc-dev on x86-64).
//
// Numbers never change once given, so that an older header lacks calls and has no wrong ones. Those that
// are newer than the headers of Debian 12 stand here.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

/** Since Linux 6.5; the same on both (scripts/syscall.tbl and syscall_64.tbl of the kernel's source). */
const NEWER: Readonly<Record<string, number>> = {
  cachestat: 451,
  fchmodat2: 452,
  map_shadow_stack: 453,
  futex_wake: 454,
  futex_wait: 455,
  futex_requeue: 456,
  statmount: 457,
  listmount: 458,
  lsm_get_self_attr: 459,
  lsm_set_self_attr: 460,
  lsm_list_modules: 461,
  mseal: 462,
  setxattrat: 463,
  getxattrat: 464,
  listxattrat: 465,
  removexattrat: 466,
  open_tree_attr: 467,
  file_getattr: 468,
  file_setattr: 469,
  listns: 470,
};
const NEWER_X64 = { uretprobe: 335, uprobe: 336 };

/** What arch/arm64/include/uapi/asm/unistd.h chooses of the generic table. */
const ARM64_CHOICES = ['RENAMEAT', 'NEW_STAT', 'SET_GET_RLIMIT', 'SYS_CLONE3', 'MEMFD_SECRET'];
/** Not calls: how many there are, and where the architectures' own begin. */
const NO_CALLS = new Set(['syscalls', 'arch_specific_syscall']);
const LINE_CHARS = 100;
const TARGET = new URL('../src/sensor/syscall-numbers.ts', import.meta.url);

const x64 = numbersOf('#include <asm/unistd_64.h>', { ...NEWER, ...NEWER_X64 });
const choices = ARM64_CHOICES.map((name) => `#define __ARCH_WANT_${name}\n`).join('');
const arm64 = numbersOf(`${choices}#include <asm-generic/unistd.h>`, NEWER);
writeFileSync(TARGET, fileOf(x64, arm64));

/** The calls that a C source defines as `__NR_…`, by number. */
function numbersOf(source: string, newer: Readonly<Record<string, number>>): Map<number, string> {
  const options = { input: `${source}\n`, encoding: 'utf8' } as const;
  const defined = execFileSync('cc', ['-E', '-dM', '-x', 'c', '-'], options);
  const values = new Map<string, string>();
  for (const [, name = '', value = ''] of defined.matchAll(/^#define (__NR\w*) (\w+)$/gm)) {
    values.set(name, value);
  }
  const numbers = new Map<number, string>();
  for (const [name, value] of values) {
    const call = name.match(/^__NR_(\w+)$/)?.[1];
    // The generic table names some calls twice: `__NR_fstat` is `__NR3264_fstat`.
    if (call && !NO_CALLS.has(call)) numbers.set(Number(values.get(value) ?? value), call);
  }
  for (const [name, number] of Object.entries(newer)) numbers.set(number, name);
  return new Map([...numbers].sort(([a], [b]) => a - b));
}

function fileOf(x64: Map<number, string>, arm64: Map<number, string>): string {
  return `/**
 * The numbers of system calls on x86-64: a number, and the names from it on; then the next number after a
 * gap. Written by tools/syscall-numbers.ts.
 */
export const X64_SYSCALL_NUMBERS = \`
${textOf(x64)}
\`;

/** The same on arm64, which has the kernel's generic numbers. */
export const ARM64_SYSCALL_NUMBERS = \`
${textOf(arm64)}
\`;
`;
}

function textOf(calls: Map<number, string>): string {
  const words: string[] = [];
  let next = -1;
  for (const [number, name] of calls) {
    if (number !== next) words.push(String(number));
    words.push(name);
    next = number + 1;
  }
  const lines: string[] = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line === undefined || line.length + word.length >= LINE_CHARS) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}
