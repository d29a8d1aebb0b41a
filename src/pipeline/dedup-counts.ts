import { EVENT_TYPES, type EventType, type SuppressedRecord } from '#model/raw-event.js';

/** Events of one type. */
export interface DedupCount {
  readonly passed: number;
  readonly deduplicated: number;
}

type Counts = { -readonly [Key in keyof DedupCount]: number };
type ByType = SuppressedRecord['duplicates'];

/** What became of the events of each type, since the start. Every type is there from the beginning. */
export class DedupCounts {
  readonly #counts = new Map<EventType, Counts>(
    EVENT_TYPES.map((type) => [type, { passed: 0, deduplicated: 0 }]),
  );
  readonly #unwanted = new Map<EventType, number>(EVENT_TYPES.map((type) => [type, 0]));

  get byType(): ReadonlyMap<EventType, DedupCount> {
    return this.#counts;
  }

  get unwanted(): ReadonlyMap<EventType, number> {
    return this.#unwanted;
  }

  passed(type: EventType): void {
    const counts = this.#counts.get(type);
    if (counts) counts.passed += 1;
  }

  deduplicated(type: EventType, count = 1): void {
    const counts = this.#counts.get(type);
    if (counts) counts.deduplicated += count;
  }

  /** Adds what the kernel side says that it did not tell. */
  suppressed({ duplicates, unwanted }: SuppressedRecord): void {
    for (const [type, count] of entriesOf(duplicates)) this.deduplicated(type, count);
    for (const [type, count] of entriesOf(unwanted)) {
      this.#unwanted.set(type, (this.#unwanted.get(type) ?? 0) + count);
    }
  }
}

function entriesOf(counts: ByType): readonly (readonly [EventType, number])[] {
  return EVENT_TYPES.map((type) => [type, counts[type] ?? 0]);
}
