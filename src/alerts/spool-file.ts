/** An alert as it stands in the spool. */
export interface SpooledAlert {
  /** Rises by one with every alert that was ever spooled in this file; begins with 1. */
  readonly sequence: number;
  /** JSON of the alert. */
  readonly alert: string;
}

/** An alert on its way into the spool. */
export interface NewSpooledAlert {
  readonly alert: string;
  /** Its idempotency key, by which it can be found as long as it is there. */
  readonly key: string;
  /** JSON of the event it is about, for explanations later; absent when it is about none. */
  readonly event?: string;
}

/** What went, undelivered, because there was no room: by sink. */
export type Discarded = ReadonlyMap<string, number>;

/** What one sink has not had. */
export interface SinkBacklog {
  /** How many wait for it. */
  readonly count: number;
  /** The last sequence that it has had. */
  readonly acknowledged: number;
  /** How many directly after that it will never have: they were discarded. */
  readonly lost: number;
  /** How many before that it will never have and is still to be told of. */
  readonly untold: number;
  /** Of how many discarded alerts it was ever told. */
  readonly told: number;
}

/** Discarded alerts that an acknowledgement is about. */
export interface DiscardedShare {
  /** So many of what is acknowledged were discarded: the sink is to be told of them. */
  readonly discarded?: number;
  /** The sink was told of so many. */
  readonly told?: number;
}

/** How far a sink is with alerts that come from another spool. */
export interface SinkStanding {
  /** So many of the first of them it has had there. */
  readonly had: number;
  /** So many it will never have, and is to be told of. */
  readonly untold: number;
}

/**
 * Where accepted alerts stand until every sink has had them. Synchronous: a call has taken effect when it
 * returns, and survives the end of the process. `append`, `waiting` and `find` throw AgentError
 * `unavailable` when the file cannot be written or read; nothing has changed then.
 */
export interface SpoolFile {
  /**
   * The sinks that are to get what is appended from now on. A sink that is new gets nothing older; one that
   * is missing is forgotten. What cannot be written now is written with the next append. Returns, for each
   * sink that is forgotten, how many alerts it had not had or not heard of.
   */
  useSinks(names: readonly string[]): ReadonlyMap<string, number>;
  /**
   * All or nothing. Makes room by removing the oldest, and says what was lost that way. What a sink has had
   * of alerts from another spool it does not get again, unless older ones wait for it here.
   */
  append(
    alerts: readonly NewSpooledAlert[],
    standings?: ReadonlyMap<string, SinkStanding>,
  ): Discarded;
  /** The oldest that the sink has not acknowledged, in order. */
  waiting(sink: string, limit: number): readonly SpooledAlert[];
  /**
   * The sink has had everything up to this number. Alerts that every sink has had may go. Never throws: what
   * cannot be written now is written with the next append, and the object goes by it meanwhile.
   */
  acknowledge(sink: string, sequence: number, share?: DiscardedShare): void;
  /** Undefined for a sink that is not in use. */
  backlog(sink: string): SinkBacklog | undefined;
  /** When the oldest that waits for the sink was spooled, in milliseconds since the Unix epoch; absent when none waits. */
  oldestMs(sink: string): number | undefined;
  /** The alert and its event by key or the beginning of one; `ambiguous` when several begin so. Delivered ones stay findable for a while. */
  find(key: string): { readonly alert: string; readonly event?: string } | 'ambiguous' | undefined;
  /** Of the alerts in it, delivered ones included. */
  readonly sizeBytes: number;
  close(): void;
}
