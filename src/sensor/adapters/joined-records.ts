import {
  type EventSource,
  type EventType,
  isRawEvent,
  type RawRecord,
  type ReadyRecord,
} from '#model/raw-event.js';
import type { Clock } from '#runtime/clock.js';

/** One of several sources, and the kinds of event that are taken from it. */
export interface CombinedPart {
  readonly name: string;
  readonly source: EventSource;
  readonly types: ReadonlySet<EventType>;
}

interface JoinedRecordsOptions {
  readonly parts: readonly CombinedPart[];
  readonly clock: Clock;
  readonly onRecords: (records: readonly RawRecord[]) => void;
}

/** The records of several sources in one row, in the order in which they come, numbered anew. */
export class JoinedRecords {
  readonly #options: JoinedRecordsOptions;
  /** What those that are at work said of themselves. */
  readonly #ready = new Map<CombinedPart, ReadyRecord>();
  readonly #dead = new Set<CombinedPart>();
  #isReady = false;
  #numbered = 0;
  #lost = 0;
  #failure: unknown;

  constructor(options: JoinedRecordsOptions) {
    this.#options = options;
  }

  /** What the receiver threw; nothing is handed on any more. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Takes a batch of one source. Throws what the receiver throws. */
  take(part: CombinedPart, records: readonly RawRecord[]): void {
    const unwanted: Partial<Record<EventType, number>> = {};
    const joined: RawRecord[] = [];
    for (const record of records) {
      if (!isRawEvent(record)) this.#add(joined, part, record);
      else if (part.types.has(record.type)) joined.push(this.#renumbered(record));
      else unwanted[record.type] = (unwanted[record.type] ?? 0) + 1;
    }
    if (Object.keys(unwanted).length > 0) {
      joined.push({ type: 'suppressed', timeMs: this.#now(), duplicates: {}, unwanted });
    }
    this.#give(joined);
  }

  /** A source that was ready died. Nobody knows how much is missed of it: that counts as one, and its return too. */
  died(part: CombinedPart, reason: string): void {
    this.#ready.delete(part);
    this.#dead.add(part);
    this.#give([this.#missed(part, `died: ${reason}`)]);
  }

  /** All have ended in order. */
  end(): void {
    const emitted = this.#numbered;
    this.#give([{ type: 'totals', timeMs: this.#now(), emitted, lost: this.#lost }]);
  }

  #add(
    joined: RawRecord[],
    part: CombinedPart,
    record: Exclude<RawRecord, { readonly seq: number }>,
  ): void {
    switch (record.type) {
      case 'ready':
        this.#ready.set(part, record);
        if (this.#dead.delete(part)) {
          joined.push(this.#missed(part, 'is back; what happened meanwhile was missed'));
        }
        if (this.#isReady || this.#isBlind) return;
        this.#isReady = true;
        // First in its batch, where it is looked for.
        joined.unshift(this.#joinedReady());
        return;
      case 'totals':
        return;
      case 'lost':
        this.#numbered += record.count;
        this.#lost += record.count;
        break;
      case 'damaged':
        this.#numbered += 1;
        break;
      case 'cgroup':
      case 'suppressed':
        break;
      default:
        record satisfies never;
    }
    joined.push(record);
  }

  /** Not all are at work. */
  get #isBlind(): boolean {
    return this.#ready.size < this.#options.parts.length;
  }

  #missed({ name }: CombinedPart, what: string): RawRecord {
    this.#numbered += 1;
    const reason = `${name} ${what}`;
    return { type: 'damaged', timeMs: this.#now(), reason, isBlind: this.#isBlind };
  }

  #joinedReady(): ReadyRecord {
    const all = [...this.#ready.values()];
    return {
      type: 'ready',
      timeMs: this.#now(),
      kernel: all[0]?.kernel ?? '',
      programs: all.flatMap(({ programs }) => programs),
      skipped: all.flatMap(({ skipped }) => skipped),
    };
  }

  #renumbered<Event extends { readonly seq: number }>(event: Event): Event {
    this.#numbered += 1;
    // In its place: whoever told it has given it away, and a copy of each takes longer than decoding it.
    (event as { seq: number }).seq = this.#numbered;
    return event;
  }

  #give(records: readonly RawRecord[]): void {
    if (records.length === 0 || this.#failure !== undefined) return;
    try {
      this.#options.onRecords(records);
    } catch (reason) {
      this.#failure = reason;
      throw reason;
    }
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
