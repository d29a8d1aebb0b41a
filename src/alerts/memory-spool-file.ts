import type { Clock } from '#runtime/clock.js';
import type {
  Discarded,
  NewSpooledAlert,
  SinkBacklog,
  SpooledAlert,
  SpoolFile,
} from './spool-file.ts';

interface Row extends NewSpooledAlert {
  readonly sequence: number;
  readonly sizeBytes: number;
  readonly spooledMs: number;
}

/** What a {@link MemorySpoolFile} may hold. */
export interface MemorySpoolOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** 64 MiB when absent. */
  readonly maxBytes?: number;
  /** How many delivered alerts stay findable; 1 000 when absent. */
  readonly keepDelivered?: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
const KEEP_DELIVERED = 1_000;
/** What a row costs beside its texts. */
const ROW_BYTES = 64;

/** A spool that ends with the process: for replays and tests, and while no file can be written. */
export class MemorySpoolFile implements SpoolFile {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #maxBytes: number;
  readonly #keepDelivered: number;
  readonly #acknowledged = new Map<string, number>();
  /** In order, without gaps; rows before `#head` have gone. */
  #rows: Row[] = [];
  #head = 0;
  #last = 0;
  #sizeBytes = 0;

  constructor({ clock, maxBytes = MAX_BYTES, keepDelivered = KEEP_DELIVERED }: MemorySpoolOptions) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#keepDelivered = keepDelivered;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  useSinks(names: readonly string[]): void {
    for (const name of this.#acknowledged.keys()) {
      if (!names.includes(name)) this.#acknowledged.delete(name);
    }
    for (const name of names) {
      if (!this.#acknowledged.has(name)) this.#acknowledged.set(name, this.#last);
    }
  }

  append(alerts: readonly NewSpooledAlert[]): Discarded {
    for (const each of alerts) {
      this.#last += 1;
      const texts = each.alert.length + each.key.length + (each.event?.length ?? 0);
      const sizeBytes = texts + ROW_BYTES;
      this.#rows.push({
        ...each,
        sequence: this.#last,
        sizeBytes,
        spooledMs: this.#clock.now(),
      });
      this.#sizeBytes += sizeBytes;
    }
    const discarded = this.#makeRoom();
    this.#removeDelivered();
    return discarded;
  }

  waiting(sink: string, limit: number): readonly SpooledAlert[] {
    const acknowledged = this.#acknowledged.get(sink);
    if (acknowledged === undefined) return [];
    const from = this.#indexAfter(acknowledged);
    return this.#rows.slice(from, from + limit).map(({ sequence, alert }) => ({ sequence, alert }));
  }

  acknowledge(sink: string, sequence: number): void {
    const before = this.#acknowledged.get(sink);
    if (before === undefined) return;
    this.#acknowledged.set(sink, Math.max(before, Math.min(sequence, this.#last)));
    this.#removeDelivered();
  }

  backlog(): ReadonlyMap<string, SinkBacklog> {
    const before = this.#first - 1;
    return new Map(
      [...this.#acknowledged].map(([name, acknowledged]) => [
        name,
        {
          count: this.#last - Math.max(acknowledged, before),
          oldestMs: this.#rows[this.#indexAfter(acknowledged)]?.spooledMs,
          acknowledged,
          lost: Math.max(0, before - acknowledged),
        },
      ]),
    );
  }

  find(key: string): ReturnType<SpoolFile['find']> {
    const found = this.#rows.slice(this.#head).filter((row) => row.key.startsWith(key));
    const row = found.find((each) => each.key === key) ?? found[0];
    if (row === undefined) return undefined;
    if (row.key !== key && found.some((each) => each.key !== row.key)) return 'ambiguous';
    return { alert: row.alert, ...(row.event !== undefined && { event: row.event }) };
  }

  /** What at least one sink has not had, oldest first. */
  undelivered(): readonly NewSpooledAlert[] {
    return this.#rows.slice(this.#indexAfter(this.#delivered));
  }

  /** What it holds stays, for a dispatcher that is given it again. */
  close(): void {}

  /** The sequence of the oldest row, or the next one that will be given. */
  get #first(): number {
    return this.#last + 1 - (this.#rows.length - this.#head);
  }

  /** Every sink has had everything up to it. */
  get #delivered(): number {
    return Math.min(this.#last, ...this.#acknowledged.values());
  }

  #indexAfter(sequence: number): number {
    return this.#head + Math.max(0, sequence + 1 - this.#first);
  }

  #makeRoom(): Discarded {
    const firstBefore = this.#first;
    while (this.#sizeBytes > this.#maxBytes) this.#removeOldest();
    const cut = this.#first - 1;
    const discarded = new Map<string, number>();
    for (const [name, acknowledged] of this.#acknowledged) {
      const count = cut - Math.max(acknowledged, firstBefore - 1);
      if (count > 0) discarded.set(name, count);
    }
    return discarded;
  }

  #removeDelivered(): void {
    while (this.#first <= this.#delivered - this.#keepDelivered) this.#removeOldest();
  }

  #removeOldest(): void {
    this.#sizeBytes -= this.#rows[this.#head]?.sizeBytes ?? 0;
    this.#head += 1;
    // Compacting at half keeps the cost of a removal constant on average.
    if (this.#head * 2 <= this.#rows.length) return;
    this.#rows = this.#rows.slice(this.#head);
    this.#head = 0;
  }
}
