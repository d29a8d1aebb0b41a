import type { EventType } from './raw-event.ts';

/** What is wanted of containers that nobody learns. Programs started, forks and exits are always told. */
export interface SensorDemand {
  readonly types: ReadonlySet<EventType>;
  /** Absolute paths: of opens, only those whose path begins with one of these are wanted; undefined: all. */
  readonly openPrefixes?: readonly string[];
}

/**
 * What a source of events may be told while it runs, also before it is ready. A source that starts again is told
 * everything anew by itself. Nothing here can fail: at worst more is told than was asked for.
 */
export interface SensorControl {
  /** What is wanted of narrowed containers from now on. At first: everything. */
  demand(demand: SensorDemand): void;
  /**
   * Narrows a container (by the cgroup of its events) to the demand, or widens it to everything again. At first, and
   * for containers that were never named, everything is told.
   */
  narrow(cgroupId: number, isNarrow: boolean): void;
  /** Tells again what was told before: of one container, or of all. */
  reopen(cgroupId?: number): void;
}
