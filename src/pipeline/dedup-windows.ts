import type { EventType } from '#model/raw-event.js';

/**
 * For how long a like event is a duplicate, in steps of 64 ms, beside those of an open. Source: the expiry buckets of
 * the public node agent (`pkg/dedupcache`), which has none for io_uring: ours, as for most. Types that are not named
 * are never set aside: each of their events is one act, or says who acts.
 */
const STEPS = {
  open: 156,
  capabilities: 156,
  hardlink: 156,
  iouring: 156,
  ptrace: 156,
  ssh: 156,
  symlink: 156,
  network: 78,
  syscall: 78,
  http: 31,
} as const satisfies Partial<Readonly<Record<EventType, number>>>;

/** A type of event of which repetitions are set aside. */
export type RepeatableType = keyof typeof STEPS;

/** The window of each type when that of opens is `openWindowMs`. */
export function dedupWindowsMs(openWindowMs: number): ReadonlyMap<EventType, number> {
  const windows = Object.entries(STEPS).map(
    ([type, steps]) => [type as RepeatableType, (openWindowMs * steps) / STEPS.open] as const,
  );
  return new Map(windows);
}
