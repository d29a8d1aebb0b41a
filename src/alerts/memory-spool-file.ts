import type { Clock } from '#runtime/clock.js';
import type {
  Discarded,
  DiscardedShare,
  NewSpooledAlert,
  SinkBacklog,
  SinkStanding,
  SpooledAlert,
  SpoolFile,
} from './spool-file.ts';

interface Row extends NewSpooledAlert {
  readonly sequence: number;
  readonly sizeBytes: number;
  readonly spooledMs: number;
}

/** How far a sink is; of discarded alerts, how many it was to be told of and how many it was told of. */
interface Cursor {
  readonly acknowledged: number;
  readonly discarded: number;
  readonly told: number;
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
  readonly #cursors = new Map<string, Cursor>();
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

  useSinks(names: readonly string[]): ReadonlyMap<string, number> {
    const forgotten = new Map<string, number>();
    for (const name of this.#cursors.keys()) {
      if (names.includes(name)) continue;
      const { count = 0, lost = 0, untold = 0 } = this.backlog(name) ?? {};
      if (count + lost + untold > 0) forgotten.set(name, count + lost + untold);
      this.#cursors.delete(name);
    }
    for (const name of names) {
      if (this.#cursors.has(name)) continue;
      this.#cursors.set(name, { acknowledged: this.#last, discarded: 0, told: 0 });
    }
    return forgotten;
  }

  append(
    alerts: readonly NewSpooledAlert[],
    standings: ReadonlyMap<string, SinkStanding> = new Map(),
  ): Discarded {
    for (const [name, standing] of standings) this.#takeOver(name, standing);
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
    const cursor = this.#cursors.get(sink);
    if (cursor === undefined) return [];
    const from = this.#indexAfter(cursor.acknowledged);
    return this.#rows.slice(from, from + limit).map(({ sequence, alert }) => ({ sequence, alert }));
  }

  acknowledge(sink: string, sequence: number, share: DiscardedShare = {}): void {
    const before = this.#cursors.get(sink);
    if (before === undefined) return;
    const acknowledged = Math.max(before.acknowledged, Math.min(sequence, this.#last));
    const discarded =
      before.discarded + Math.min(share.discarded ?? 0, acknowledged - before.acknowledged);
    const told = Math.min(discarded, before.told + (share.told ?? 0));
    this.#cursors.set(sink, { acknowledged, discarded, told });
    this.#removeDelivered();
  }

  backlog(sink: string): SinkBacklog | undefined {
    const cursor = this.#cursors.get(sink);
    if (cursor === undefined) return undefined;
    const { acknowledged, discarded, told } = cursor;
    const before = this.#first - 1;
    return {
      count: this.#last - Math.max(acknowledged, before),
      acknowledged,
      lost: Math.max(0, before - acknowledged),
      untold: discarded - told,
      told,
    };
  }

  oldestMs(sink: string): number | undefined {
    const cursor = this.#cursors.get(sink);
    return cursor && this.#rows[this.#indexAfter(cursor.acknowledged)]?.spooledMs;
  }

  find(key: string): ReturnType<SpoolFile['find']> {
    const found = this.#rows.slice(this.#head).filter((row) => row.key.startsWith(key));
    const row = found.find((each) => each.key === key) ?? found[0];
    if (row === undefined) return undefined;
    if (row.key !== key && found.some((each) => each.key !== row.key)) return 'ambiguous';
    return { alert: row.alert, ...(row.event !== undefined && { event: row.event }) };
  }

  /** What at least one sink has not had, oldest first, and how far each sink is with it. */
  undelivered(): {
    readonly alerts: readonly NewSpooledAlert[];
    readonly standings: ReadonlyMap<string, SinkStanding>;
  } {
    const from = Math.max(this.#delivered, this.#first - 1);
    const standings = new Map<string, SinkStanding>();
    for (const [name, { acknowledged, discarded, told }] of this.#cursors) {
      const lost = Math.max(0, this.#first - 1 - acknowledged);
      const had = Math.max(0, acknowledged - from);
      standings.set(name, { had, untold: lost + discarded - told });
    }
    return { alerts: this.#rows.slice(this.#indexAfter(from)), standings };
  }

  /** What it holds stays, for a dispatcher that is given it again. */
  close(): void {}

  /** The sequence of the oldest row, or the next one that will be given. */
  get #first(): number {
    return this.#last + 1 - (this.#rows.length - this.#head);
  }

  /** Every sink has had everything up to it. */
  get #delivered(): number {
    const all = [...this.#cursors.values()].map(({ acknowledged }) => acknowledged);
    return Math.min(this.#last, ...all);
  }

  #takeOver(name: string, { had, untold }: SinkStanding): void {
    const cursor = this.#cursors.get(name);
    const { count = 0, lost = 0 } = this.backlog(name) ?? {};
    if (cursor === undefined) return;
    const discarded = cursor.discarded + untold;
    if (count > 0) this.#cursors.set(name, { ...cursor, discarded });
    else {
      const acknowledged = this.#last + had;
      this.#cursors.set(name, { ...cursor, acknowledged, discarded: discarded + lost });
    }
  }

  #indexAfter(sequence: number): number {
    return this.#head + Math.max(0, sequence + 1 - this.#first);
  }

  #makeRoom(): Discarded {
    const firstBefore = this.#first;
    while (this.#sizeBytes > this.#maxBytes) this.#removeOldest();
    const cut = this.#first - 1;
    const discarded = new Map<string, number>();
    for (const [name, { acknowledged }] of this.#cursors) {
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
