import { AgentError } from '#model/agent-error.js';
import type { Cancel, Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { everythingOf, lostOf, type Uncounted } from './discarded-alerts.ts';
import { MemorySpoolFile } from './memory-spool-file.ts';
import type { NewSpooledAlert, SpooledAlert, SpoolFile } from './spool-file.ts';

/** What an {@link AlertSpool} is made of. */
export interface AlertSpoolParts {
  readonly file: SpoolFile;
  readonly clock: Clock;
  readonly log: Logger;
  readonly health?: Pick<Health, 'set' | 'clear'> | undefined;
  /** Called when alerts are there that were not before; with none when the file can be used again. */
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

/** Alerts of one turn of the event loop are written together, but not more than this at once. */
const MAX_GROUP = 256;
const RESERVE_BYTES = 8 * 1024 * 1024;
/** How often it is tried whether the file can be written again. */
const RETRY_MS = 5_000;
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
  #reserveId = '';
  /** Of the next try of a file that fails. */
  #retry: Cancel | undefined;
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

  /** What waits for other sinks is forgotten, which the log tells. */
  useSinks(names: readonly string[]): void {
    this.#sinks = names;
    for (const [sink, alerts] of this.#file.useSinks(names)) {
      this.#log.warn('alerts wait for a sink that is no longer configured, and are forgotten', {
        ...{ sink, alerts },
      });
    }
    this.#reserve?.useSinks(names);
    try {
      this.#count(this.#file.append([]));
    } catch (reason) {
      this.#fail(reason);
    }
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
    return lostOf(sink, this.#files(), this.#reserveId);
  }

  /** Everything that waits for the sink now, or was discarded of late, to be told of as a number. */
  everything(sink: string): Pick<Uncounted, 'count' | 'id' | 'acknowledge'> {
    return everythingOf(sink, this.#files());
  }

  /** How many wait for the sink. */
  count(sink: string): number {
    return this.#files().reduce((sum, file) => sum + (file.backlog(sink)?.count ?? 0), 0);
  }

  /** Since when the oldest waits for the sink, in milliseconds since the Unix epoch. */
  oldestMs(sink: string): number | undefined {
    const times = this.#files().flatMap((file) => file.oldestMs(sink) ?? []);
    return times.length > 0 ? Math.min(...times) : undefined;
  }

  /** As {@link SpoolFile.find}. */
  find(key: string): ReturnType<SpoolFile['find']> {
    return this.#file.find(key) ?? this.#reserve?.find(key);
  }

  /** Writes what can be written and lets go of the file. What is added later is counted as discarded. */
  close(): void {
    this.flush();
    this.#isClosed = true;
    if (this.#retry) this.#tryAgain();
    this.#retry?.();
    if (this.#reserve) {
      const alerts = this.#reserve.undelivered().alerts.length;
      if (alerts > 0)
        this.#log.error('alerts in memory are lost: they cannot be written', { alerts });
    }
    this.#file.close();
  }

  #files(): readonly SpoolFile[] {
    return this.#reserve ? [this.#file, this.#reserve] : [this.#file];
  }

  /** While the file fails, what comes stands behind what is in memory already. */
  #append(alerts: readonly NewSpooledAlert[]): void {
    try {
      if (!this.#retry) {
        this.#count(this.#file.append(alerts));
        return;
      }
    } catch (reason) {
      this.#fail(reason);
    }
    this.#reserve ??= this.#newReserve();
    this.#count(this.#reserve.append(alerts));
    this.#unwritten += alerts.length;
  }

  #newReserve(): MemorySpoolFile {
    const { clock, maxBytes } = { clock: this.#clock, maxBytes: this.#reserveBytes };
    const reserve = new MemorySpoolFile({ clock, maxBytes, keepDelivered: 0 });
    reserve.useSinks(this.#sinks);
    this.#reserveId = ` ${this.#clock.now()}`;
    return reserve;
  }

  #fail(reason: unknown): void {
    this.#health?.set(
      CONDITION,
      `alerts are kept in memory, and a kill of the agent loses what no sink has had: ${AgentError.from(reason).message}`,
    );
    if (!this.#retry) {
      const fields = errorFields(reason);
      this.#log.error('alerts cannot be written to disk and are kept in memory', fields);
    }
    this.#retry?.();
    this.#retry = this.#clock.schedule(RETRY_MS, () => this.#tryAgain());
  }

  /** Goes back to the file, with what is in memory. */
  #tryAgain(): void {
    try {
      const { alerts = [], standings } = this.#reserve?.undelivered() ?? {};
      this.#count(this.#file.append(alerts, standings));
    } catch (reason) {
      this.#fail(reason);
      return;
    }
    this.#reserve = undefined;
    this.#reserveId = '';
    this.#retry?.();
    this.#retry = undefined;
    this.#health?.clear(CONDITION);
    this.#log.info('alerts are written to disk again');
    this.#onSpooled([]);
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
