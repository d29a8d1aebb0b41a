import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { MemorySpoolFile } from './memory-spool-file.ts';
import type { NewSpooledAlert, SinkBacklog, SpooledAlert, SpoolFile } from './spool-file.ts';

/** What an {@link AlertSpool} is made of. */
export interface AlertSpoolParts {
  readonly file: SpoolFile;
  readonly clock: Clock;
  readonly log: Logger;
  readonly health?: Pick<Health, 'set' | 'clear'> | undefined;
  /** Called when alerts are there that were not before. */
  readonly onSpooled: (alerts: readonly AlertToSpool[]) => void;
  /** For alerts that cannot be written; 8 MiB when absent. */
  readonly reserveBytes?: number;
}

/** An alert on its way into the spool, and the rule that it is of. */
export interface AlertToSpool extends NewSpooledAlert {
  readonly ruleId: string;
}

/** Some of a sink's waiting alerts, oldest first. */
export interface WaitingAlerts {
  readonly alerts: readonly SpooledAlert[];
  /** The sink has had them up to this sequence. */
  acknowledge(sequence: number): void;
}

/** A number of alerts that a sink does not get one by one. */
export interface Uncounted {
  readonly count: number;
  /** Names them, the same after a restart. */
  readonly id: string;
  /** The sink has been told. */
  acknowledge(): void;
}

/** Alerts of one turn of the event loop are written together, but not more than this at once. */
const MAX_GROUP = 256;
const RESERVE_BYTES = 8 * 1024 * 1024;
const CONDITION = 'alert-spool';

/**
 * Takes alerts and keeps them until every sink has had them. Alerts that come in one turn of the event
 * loop are written at its end, in one transaction; from then on they are accepted. While the file cannot
 * be written they are kept in memory, up to a bound, and the health says so.
 */
export class AlertSpool {
  readonly #file: SpoolFile;
  readonly #log: Logger;
  readonly #health: AlertSpoolParts['health'];
  readonly #clock: Clock;
  readonly #reserveBytes: number;
  readonly #onSpooled: AlertSpoolParts['onSpooled'];
  readonly #discarded = new Map<string, number>();
  #sinks: readonly string[] = [];
  #pending: AlertToSpool[] = [];
  /** What could not be written; undefined as long as everything could. */
  #reserve: MemorySpoolFile | undefined;
  #isFailing = false;
  #isClosed = false;
  #accepted = 0;
  #unwritten = 0;

  constructor({ file, clock, log, health, onSpooled, reserveBytes }: AlertSpoolParts) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    this.#health = health;
    this.#onSpooled = onSpooled;
    this.#reserveBytes = reserveBytes ?? RESERVE_BYTES;
  }

  /** Alerts that are there, or in memory, for good: `unwritten` of them only in memory. */
  get counts(): { readonly accepted: number; readonly unwritten: number } {
    return { accepted: this.#accepted, unwritten: this.#unwritten };
  }

  /** How many alerts each sink will never get, for there was no room. */
  get discarded(): ReadonlyMap<string, number> {
    return this.#discarded;
  }

  get sizeBytes(): number {
    return this.#file.sizeBytes + (this.#reserve?.sizeBytes ?? 0);
  }

  useSinks(names: readonly string[]): void {
    this.#sinks = names;
    this.#file.useSinks(names);
    this.#reserve?.useSinks(names);
  }

  /** Takes an alert; it is accepted at the end of this turn of the event loop. Never throws. */
  add(alert: AlertToSpool): void {
    if (this.#isClosed) {
      for (const sink of this.#sinks) this.#discard(sink, 1);
      return;
    }
    this.#pending.push(alert);
    if (this.#pending.length >= MAX_GROUP) this.flush();
    else if (this.#pending.length === 1) queueMicrotask(() => this.flush());
  }

  /** Writes what was added now. Never throws. */
  flush(): void {
    const alerts = this.#pending;
    if (alerts.length === 0) return;
    this.#pending = [];
    this.#append(alerts);
    this.#accepted += alerts.length;
    this.#onSpooled(alerts);
  }

  /** The oldest that wait for the sink. Throws what the file throws, unless something waits in memory. */
  waiting(sink: string, limit: number): WaitingAlerts | undefined {
    let failure: { readonly reason: unknown } | undefined;
    for (const file of this.#files()) {
      try {
        const alerts = file.waiting(sink, limit);
        if (alerts.length === 0) continue;
        return { alerts, acknowledge: (sequence) => file.acknowledge(sink, sequence) };
      } catch (reason) {
        failure = { reason };
      }
    }
    if (failure) throw failure.reason;
    return undefined;
  }

  /** What the sink will never get because it was discarded, as long as it has not been told. */
  lost(sink: string): Uncounted | undefined {
    for (const file of this.#files()) {
      const backlog = file.backlog().get(sink);
      if (backlog === undefined || backlog.lost === 0) continue;
      const { acknowledged, lost: count } = backlog;
      const id = `${acknowledged + 1}-${acknowledged + count}`;
      return { count, id, acknowledge: () => file.acknowledge(sink, acknowledged + count) };
    }
    return undefined;
  }

  /** Everything that waits for the sink now, or was discarded, to be told of as a number. */
  everything(sink: string): Uncounted {
    const parts = this.#files().flatMap((file) => {
      const backlog = file.backlog().get(sink);
      return backlog ? [{ file, acknowledged: backlog.acknowledged, count: total(backlog) }] : [];
    });
    const ends = parts.map(({ file, acknowledged, count }) => ({
      file,
      end: acknowledged + count,
    }));
    return {
      count: parts.reduce((sum, { count }) => sum + count, 0),
      id: ends.map(({ end }) => `${end}`).join(' '),
      acknowledge: () => {
        for (const { file, end } of ends) file.acknowledge(sink, end);
      },
    };
  }

  /** How many wait for the sink, and since when the oldest does. */
  backlog(sink: string): Pick<SinkBacklog, 'count' | 'oldestMs'> {
    const all = this.#files().map((file) => file.backlog().get(sink));
    const times = all.flatMap((each) => each?.oldestMs ?? []);
    return {
      count: all.reduce((sum, each) => sum + (each?.count ?? 0), 0),
      oldestMs: times.length > 0 ? Math.min(...times) : undefined,
    };
  }

  /** As {@link SpoolFile.find}. */
  find(key: string): ReturnType<SpoolFile['find']> {
    return this.#file.find(key) ?? this.#reserve?.find(key);
  }

  /** Writes what can be written and lets go of the file. What is added later is counted as discarded. */
  close(): void {
    this.flush();
    this.#isClosed = true;
    this.#moveReserve();
    this.#file.close();
  }

  #files(): readonly SpoolFile[] {
    return this.#reserve ? [this.#file, this.#reserve] : [this.#file];
  }

  #append(alerts: readonly NewSpooledAlert[]): void {
    try {
      this.#count(this.#file.append(alerts));
      if (this.#isFailing) this.#recovered();
    } catch (reason) {
      this.#fail(reason);
      this.#reserve ??= this.#newReserve();
      this.#count(this.#reserve.append(alerts));
      this.#unwritten += alerts.length;
    }
  }

  #newReserve(): MemorySpoolFile {
    const { clock, maxBytes } = { clock: this.#clock, maxBytes: this.#reserveBytes };
    const reserve = new MemorySpoolFile({ clock, maxBytes, keepDelivered: 0 });
    reserve.useSinks(this.#sinks);
    return reserve;
  }

  #fail(reason: unknown): void {
    this.#health?.set(
      CONDITION,
      'alerts cannot be written to disk: they are kept in memory, and a kill of the agent loses what no sink has had',
    );
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log.error('alerts cannot be written to disk and are kept in memory', errorFields(reason));
  }

  #recovered(): void {
    this.#isFailing = false;
    this.#health?.clear(CONDITION);
    this.#log.info('alerts are written to disk again');
    this.#moveReserve();
  }

  /** What some sinks have had already they may get again: it goes to all of them. */
  #moveReserve(): void {
    const reserve = this.#reserve;
    if (reserve === undefined) return;
    try {
      this.#count(this.#file.append(reserve.undelivered()));
      this.#reserve = undefined;
    } catch (reason) {
      this.#fail(reason);
    }
  }

  #count(discarded: ReadonlyMap<string, number>): void {
    for (const [sink, count] of discarded) this.#discard(sink, count);
  }

  #discard(sink: string, count: number): void {
    const before = this.#discarded.get(sink) ?? 0;
    if (before === 0) {
      this.#log.error('no room for more alerts: the oldest are discarded and counted', { sink });
    }
    this.#discarded.set(sink, before + count);
  }
}

function total({ count, lost }: SinkBacklog): number {
  return count + lost;
}
