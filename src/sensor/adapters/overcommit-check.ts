/**
 * Calls that map memory: the kernel asks in each of them whether the process may overcommit, which is
 * `CAP_SYS_ADMIN` (security_vm_enough_memory_mm). The answer changes a limit and nothing else.
 */
const MAPPING_CALLS: ReadonlySet<string> = new Set([
  'brk',
  'clone',
  'clone3',
  'execve',
  'execveat',
  'fork',
  'mmap',
  'mprotect',
  'mremap',
  'vfork',
]);

/** True for a check of a capability that is no use of it. */
export function isOvercommitCheck(capability: string, syscall: string): boolean {
  return capability === 'SYS_ADMIN' && MAPPING_CALLS.has(syscall);
}
