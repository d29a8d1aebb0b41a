import type { Cancel, Clock } from '#runtime/clock.js';
import type { StoredKind } from './object-store.ts';
import type { Change } from './object-tables.ts';
import type { ProfileTables } from './profile-tables.ts';

/** How soon a write of another process is noticed. Asking costs a few microseconds. */
const FOREIGN_WRITES_INTERVAL_MS = 1_000;

/** Somebody who waits for a change, and what is known of them. */
export interface Sleeper {
  readonly kind: StoredKind;
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** Has seen everything up to this version. */
  readonly position: number;
  /** What {@link ProfileTables.foreignWrites} said when it last looked. */
  readonly foreignWrites: number | undefined;
  /** Called at most once. */
  readonly wake: () => void;
}

/** What a bell needs. */
export interface BellOptions {
  readonly tables: ProfileTables;
  readonly clock: Clock;
  /** A sleeper that many versions behind is woken though nothing concerns it, lest it expires. */
  readonly farBehind: number;
}

/**
 * Wakes those who wait for a change: at once after a write of this process, within a second after one
 * of another. Has a timer only while somebody sleeps.
 */
export class ChangeBell {
  readonly #options: BellOptions;
  readonly #sleepers = new Set<Sleeper>();
  #cancelLook: Cancel | undefined;

  constructor(options: BellOptions) {
    this.#options = options;
  }

  /** Lets `sleeper` be woken, until what is returned is called. Nobody may wait in between. */
  add(sleeper: Sleeper): Cancel {
    this.#sleepers.add(sleeper);
    if (sleeper.foreignWrites !== undefined) this.#cancelLook ??= this.#lookLater();
    return () => this.#remove(sleeper);
  }

  /** To be called after `changes` were committed. */
  ring(changes: readonly Change[]): void {
    const last = changes.at(-1)?.row.resourceVersion ?? 0;
    this.#wake(
      (sleeper) =>
        last - sleeper.position > this.#options.farBehind ||
        changes.some((change) => concerns(change, sleeper)),
    );
  }

  /** To be called when the tables have closed. */
  ringForAll(): void {
    this.#wake(() => true);
  }

  #remove(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
    if (this.#sleepers.size > 0) return;
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  #wake(isMeant: (sleeper: Sleeper) => boolean): void {
    for (const sleeper of [...this.#sleepers].filter(isMeant)) {
      this.#remove(sleeper);
      sleeper.wake();
    }
  }

  #lookLater(): Cancel {
    return this.#options.clock.schedule(FOREIGN_WRITES_INTERVAL_MS, () => {
      this.#cancelLook = undefined;
      const foreignWrites = this.#foreignWrites();
      this.#wake((sleeper) => sleeper.foreignWrites !== foreignWrites);
      if (this.#sleepers.size > 0) this.#cancelLook ??= this.#lookLater();
    });
  }

  /** When even that cannot be read all are woken, and hear why when they look themselves. */
  #foreignWrites(): number | undefined {
    const { tables } = this.#options;
    try {
      return tables.read(() => tables.foreignWrites());
    } catch {
      return undefined;
    }
  }
}

function concerns({ kind, row }: Change, sleeper: Sleeper): boolean {
  if (kind !== sleeper.kind) return false;
  return sleeper.namespace === undefined || sleeper.namespace === row.namespace;
}
