import type { Clock } from '#runtime/clock.js';
import { errorFields, type Logger } from '#runtime/log.js';
import {
  AlertSpoolDatabase,
  type SinkCursor,
  type SpoolStatements,
} from './alert-spool-database.ts';
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
  readonly acknowledged: number;
  readonly lost: number;
  readonly untold: number;
  readonly told: number;
}

interface Standing {
  readonly had: number;
  readonly untold: number;
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
  #cursors: ReadonlyMap<string, SinkCursor>;
  /** Sinks whose line in the file is not as it should be. */
  readonly #unwritten = new Set<string>();
  #first: number;
  /** What was discarded up to here was told of. */
  #counted: number;
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
    this.#counted = state.first - 1;
    this.#last = state.last;
    this.#sizeBytes = state.sizeBytes;
    this.#cursors = state.cursors;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  useSinks(names: readonly string[]): ReadonlyMap<string, number> {
    const forgotten = new Map<string, number>();
    for (const name of this.#cursors.keys()) {
      this.#unwritten.add(name);
      if (names.includes(name)) continue;
      const { count = 0, lost = 0, untold = 0 } = this.backlog(name) ?? {};
      if (count + lost + untold > 0) forgotten.set(name, count + lost + untold);
    }
    const fresh = { acknowledged: this.#last, discarded: 0, told: 0 };
    this.#cursors = new Map(names.map((name) => [name, this.#cursors.get(name) ?? fresh]));
    for (const name of names) this.#unwritten.add(name);
    this.#tryToWriteSinks();
    return forgotten;
  }

  append(
    alerts: readonly NewAlert[],
    standings: ReadonlyMap<string, Standing> = new Map(),
  ): ReadonlyMap<string, number> {
    this.#db.look();
    const rows = alerts.map((each) => ({ ...each, size: sizeOf(each) }));
    const nowMs = this.#clock.now();
    const { cut, sizeBytes, cursors } = this.#db.run((statements, db) =>
      inTransaction(db, () => {
        const taken = this.#takenOver(standings);
        for (const [i, { size, key, alert, event }] of rows.entries()) {
          statements.insert.run(this.#last + 1 + i, size, nowMs, key, alert, event ?? null);
        }
        this.#writeSinks(statements, taken, [...this.#unwritten, ...standings.keys()]);
        const sizeBytes = rows.reduce((sum, { size }) => sum + size, this.#sizeBytes);
        const delivered = deliveredOf(taken, this.#last + rows.length);
        return { cursors: taken, ...this.#makeRoom(statements, delivered, sizeBytes) };
      }),
    );
    this.#unwritten.clear();
    this.#cursors = cursors;
    this.#last += rows.length;
    this.#sizeBytes = sizeBytes;
    const discarded = this.#discardedBy(cut);
    this.#first = Math.max(this.#first, cut + 1);
    return discarded;
  }

  waiting(sink: string, limit: number): readonly WaitingAlert[] {
    const acknowledged = this.#cursors.get(sink)?.acknowledged ?? this.#last;
    if (acknowledged >= this.#last) return [];
    return this.#db.run(({ waiting }) =>
      waiting.all(acknowledged, limit).map((row) => row as unknown as WaitingAlert),
    );
  }

  acknowledge(
    sink: string,
    sequence: number,
    share: { readonly discarded?: number; readonly told?: number } = {},
  ): void {
    const before = this.#cursors.get(sink);
    if (before === undefined) return;
    const acknowledged = Math.max(before.acknowledged, Math.min(sequence, this.#last));
    const discarded =
      before.discarded + Math.min(share.discarded ?? 0, acknowledged - before.acknowledged);
    const told = Math.min(discarded, before.told + (share.told ?? 0));
    if (acknowledged === before.acknowledged && told === before.told) return;
    this.#cursors = new Map([...this.#cursors, [sink, { acknowledged, discarded, told }]]);
    this.#unwritten.add(sink);
    this.#tryToWriteSinks();
  }

  backlog(sink: string): Backlog | undefined {
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
    const acknowledged = this.#cursors.get(sink)?.acknowledged ?? this.#last;
    if (acknowledged >= this.#last) return undefined;
    try {
      const row = this.#db.run(({ spooledMs }) => spooledMs.get(acknowledged));
      return row && Number(row['spooled_ms']);
    } catch {
      // Whoever reads or writes alerts hears of it.
      return undefined;
    }
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
    for (const name of this.#cursors.keys()) this.#unwritten.add(name);
  }

  /** Where each sink stands before alerts of another spool are added, of which it has had some there. */
  #takenOver(standings: ReadonlyMap<string, Standing>): ReadonlyMap<string, SinkCursor> {
    if (standings.size === 0) return this.#cursors;
    const taken = new Map(this.#cursors);
    for (const [name, { had, untold }] of standings) {
      const cursor = taken.get(name);
      const { count = 0, lost = 0 } = this.backlog(name) ?? {};
      if (cursor === undefined) continue;
      const discarded = cursor.discarded + untold;
      if (count > 0) taken.set(name, { ...cursor, discarded });
      else {
        const acknowledged = this.#last + had;
        taken.set(name, { ...cursor, acknowledged, discarded: discarded + lost });
      }
    }
    return taken;
  }

  #tryToWriteSinks(): void {
    if (this.#unwritten.size === 0) return;
    try {
      this.#db.run((statements, db) => {
        const write = () => this.#writeSinks(statements, this.#cursors, this.#unwritten);
        if (this.#unwritten.size === 1) write();
        else inTransaction(db, write);
      });
      this.#unwritten.clear();
    } catch (reason) {
      this.#log.debug('alert spool: what a sink has had is written later', errorFields(reason));
    }
  }

  #writeSinks(
    { putSink, removeSink }: SpoolStatements,
    cursors: ReadonlyMap<string, SinkCursor>,
    names: Iterable<string>,
  ): void {
    for (const name of names) {
      const cursor = cursors.get(name);
      if (cursor === undefined) removeSink.run(name);
      else putSink.run(name, cursor.acknowledged, cursor.discarded, cursor.told);
    }
  }

  /** Removes delivered alerts beyond their number, then the oldest until the rest fits. */
  #makeRoom(statements: SpoolStatements, delivered: number, sizeBytes: number) {
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
    for (const [name, { acknowledged }] of this.#cursors) {
      const count = cut - Math.max(acknowledged, this.#counted);
      if (count > 0) discarded.set(name, count);
    }
    this.#counted = Math.max(this.#counted, cut);
    return discarded;
  }
}

/** Every sink has had everything up to it. */
function deliveredOf(cursors: ReadonlyMap<string, SinkCursor>, last: number): number {
  return Math.min(last, ...[...cursors.values()].map(({ acknowledged }) => acknowledged));
}

function sizeOf({ alert, key, event = '' }: NewAlert): number {
  return Buffer.byteLength(alert) + Buffer.byteLength(event) + key.length + ROW_BYTES;
}
