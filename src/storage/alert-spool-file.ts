import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { AlertSpoolDatabase, type SpoolStatements } from './alert-spool-database.ts';
import { inTransaction } from './sqlite-transaction.ts';

interface NewAlert {
  readonly alert: string;
  readonly key: string;
  readonly event?: string;
}

interface WaitingAlert {
  readonly sequence: number;
  readonly alert: string;
}

interface Backlog {
  readonly count: number;
  readonly oldestMs: number | undefined;
  readonly acknowledged: number;
  readonly lost: number;
}

/** Where a spool's file lives, and its bounds. */
export interface AlertSpoolFileOptions {
  /** The folder is made when it does not exist. */
  readonly path: string;
  readonly log: Logger;
  readonly clock: Pick<Clock, 'now'>;
  /** Of the alerts in it; the file itself is up to a third larger. 64 MiB when absent. */
  readonly maxBytes?: number;
  /** How many delivered alerts stay findable; 2 000 when absent. */
  readonly keepDelivered?: number;
}

const MAX_BYTES = 64 * 1024 * 1024;
const KEEP_DELIVERED = 2_000;
/** What a row costs beside its texts. */
const ROW_BYTES = 64;

/**
 * The file under the spool of alerts (`SpoolFile` of alerts): a SQLite database that one process at a time
 * has open. What `append` returned for survives a kill of the process. A file that turns out to be damaged
 * is moved aside, one that was removed is begun anew; sequences go on, so that what went with it shows as lost.
 */
export class SqliteAlertSpoolFile {
  readonly #log: Logger;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #maxBytes: number;
  readonly #keepDelivered: number;
  readonly #db: AlertSpoolDatabase;
  readonly #acknowledged: Map<string, number>;
  /** Sinks whose line in the file is not as it should be. */
  readonly #unwritten = new Set<string>();
  #first: number;
  #last: number;
  #sizeBytes: number;

  /** Opens the file, or makes it. Throws `unavailable` when it cannot be used, `invalid` when it is another program's. */
  constructor(options: AlertSpoolFileOptions) {
    const { path, log, clock, maxBytes = MAX_BYTES, keepDelivered = KEEP_DELIVERED } = options;
    this.#log = log;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#keepDelivered = keepDelivered;
    this.#db = new AlertSpoolDatabase(path, log, () => this.#beginAnew());
    const state = this.#db.state();
    this.#first = state.first;
    this.#last = state.last;
    this.#sizeBytes = state.sizeBytes;
    this.#acknowledged = new Map(state.acknowledged);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  useSinks(names: readonly string[]): void {
    for (const name of this.#acknowledged.keys()) {
      if (!names.includes(name)) this.#acknowledged.delete(name);
      this.#unwritten.add(name);
    }
    for (const name of names) {
      if (!this.#acknowledged.has(name)) this.#acknowledged.set(name, this.#last);
      this.#unwritten.add(name);
    }
    this.#tryToWriteSinks();
  }

  append(alerts: readonly NewAlert[]): ReadonlyMap<string, number> {
    this.#db.look();
    const rows = alerts.map((each) => ({ ...each, size: sizeOf(each) }));
    const nowMs = this.#clock.now();
    const { cut, sizeBytes } = this.#db.run((statements, db) =>
      inTransaction(db, () => {
        for (const [i, { size, key, alert, event }] of rows.entries()) {
          statements.insert.run(this.#last + 1 + i, size, nowMs, key, alert, event ?? null);
        }
        this.#writeSinks(statements);
        const added = rows.reduce((sum, { size }) => sum + size, 0);
        return this.#makeRoom(statements, this.#last + rows.length, this.#sizeBytes + added);
      }),
    );
    this.#unwritten.clear();
    this.#last += rows.length;
    this.#sizeBytes = sizeBytes;
    const discarded = this.#discardedBy(cut);
    this.#first = Math.max(this.#first, cut + 1);
    return discarded;
  }

  waiting(sink: string, limit: number): readonly WaitingAlert[] {
    const acknowledged = this.#acknowledged.get(sink);
    if (acknowledged === undefined || acknowledged >= this.#last) return [];
    return this.#db.run(({ waiting }) =>
      waiting.all(acknowledged, limit).map((row) => row as unknown as WaitingAlert),
    );
  }

  acknowledge(sink: string, sequence: number): void {
    const before = this.#acknowledged.get(sink);
    if (before === undefined || sequence <= before) return;
    this.#acknowledged.set(sink, Math.min(sequence, this.#last));
    this.#unwritten.add(sink);
    this.#tryToWriteSinks();
  }

  backlog(): ReadonlyMap<string, Backlog> {
    const before = this.#first - 1;
    return new Map(
      [...this.#acknowledged].map(([name, acknowledged]) => [
        name,
        {
          count: this.#last - Math.max(acknowledged, before),
          oldestMs: this.#oldestMs(acknowledged),
          acknowledged,
          lost: Math.max(0, before - acknowledged),
        },
      ]),
    );
  }

  find(key: string): { readonly alert: string; readonly event?: string } | 'ambiguous' | undefined {
    const [row, other] = this.#db.run(({ find }) => find.all(key));
    if (row === undefined) return undefined;
    // In the order of keys, one that is the whole of what was asked for comes first.
    if (row['key'] !== key && other !== undefined && other['key'] !== row['key']) {
      return 'ambiguous';
    }
    const event = row['event'];
    return { alert: String(row['alert']), ...(typeof event === 'string' && { event }) };
  }

  close(): void {
    this.#tryToWriteSinks();
    this.#db.close();
  }

  /** The file is a new one: what was in the old one is lost, and what it knew of sinks is known here. */
  #beginAnew(): void {
    this.#first = this.#last + 1;
    this.#sizeBytes = 0;
    for (const name of this.#acknowledged.keys()) this.#unwritten.add(name);
  }

  #tryToWriteSinks(): void {
    if (this.#unwritten.size === 0) return;
    try {
      this.#db.run((statements, db) => {
        if (this.#unwritten.size === 1) this.#writeSinks(statements);
        else inTransaction(db, () => this.#writeSinks(statements));
      });
      this.#unwritten.clear();
    } catch (reason) {
      this.#log.debug('alert spool: what a sink has had is written later', errorFields(reason));
    }
  }

  #writeSinks({ putSink, removeSink }: SpoolStatements): void {
    for (const name of this.#unwritten) {
      const acknowledged = this.#acknowledged.get(name);
      if (acknowledged === undefined) removeSink.run(name);
      else putSink.run(name, acknowledged);
    }
  }

  /** Removes delivered alerts beyond their number, then the oldest until the rest fits. */
  #makeRoom(statements: SpoolStatements, last: number, sizeBytes: number) {
    const delivered = Math.min(last, ...this.#acknowledged.values());
    let cut = this.#first - 1;
    let left = sizeBytes;
    for (const row of statements.sizes.iterate()) {
      const sequence = Number(row['sequence']);
      const isSpare = sequence <= delivered - this.#keepDelivered;
      if (!isSpare && left <= this.#maxBytes) break;
      left -= Number(row['size']);
      cut = sequence;
    }
    if (cut >= this.#first) statements.remove.run(cut);
    return { cut, sizeBytes: left };
  }

  #discardedBy(cut: number): ReadonlyMap<string, number> {
    const discarded = new Map<string, number>();
    for (const [name, acknowledged] of this.#acknowledged) {
      const count = cut - Math.max(acknowledged, this.#first - 1);
      if (count > 0) discarded.set(name, count);
    }
    return discarded;
  }

  #oldestMs(acknowledged: number): number | undefined {
    if (acknowledged >= this.#last) return undefined;
    try {
      const row = this.#db.run(({ spooledMs }) => spooledMs.get(acknowledged));
      return row && Number(row['spooled_ms']);
    } catch {
      // Whoever reads or writes alerts hears of it.
      return undefined;
    }
  }
}

function sizeOf({ alert, key, event = '' }: NewAlert): number {
  return Buffer.byteLength(alert) + Buffer.byteLength(event) + key.length + ROW_BYTES;
}
