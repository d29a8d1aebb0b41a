import { AgentError } from '#model/agent-error.js';
import type { UndoSteps } from './memory-map.ts';
import { MemoryObjects } from './memory-objects.ts';
import { MemorySeries } from './memory-series.ts';
import { STORED_KINDS, type StoredKind } from './object-store.ts';
import type { ProfileTables, TableCounts } from './profile-tables.ts';

/** Tables in plain maps. They live as long as the process and grow with what is stored. */
export class MemoryTables implements ProfileTables {
  readonly objects: MemoryObjects;
  readonly series: MemorySeries;
  readonly #undo: UndoSteps = [];

  constructor() {
    this.objects = new MemoryObjects(this.#undo);
    this.series = new MemorySeries(this.#undo);
  }

  read<T>(work: () => T): T {
    try {
      return work();
    } catch (reason) {
      throw AgentError.from(reason);
    }
  }

  write<T>(work: () => T): T {
    this.#undo.length = 0;
    try {
      return work();
    } catch (reason) {
      for (const step of this.#undo.reverse()) step();
      throw AgentError.from(reason);
    } finally {
      this.#undo.length = 0;
    }
  }

  foreignWrites(): undefined {}

  counts(): TableCounts {
    const counts = this.objects.counts();
    const objects = STORED_KINDS.map((kind) => [kind, counts[kind] ?? 0] as const);
    return {
      objects: Object.fromEntries(objects) as Record<StoredKind, number>,
      ...this.series.counts(),
    };
  }
}
