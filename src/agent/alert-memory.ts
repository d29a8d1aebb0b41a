import type { Alert } from '#model/alert.js';
import type { Finding } from '#model/finding.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';

/** An alert, and what it was decided by. */
export interface RememberedAlert {
  readonly alert: Alert;
  readonly finding: Finding;
  /** The profile that was used, as it was. */
  readonly entry: ContainerProfileEntry | undefined;
  /** The objects that it was made of. */
  readonly sources: CacheEntryView['sources'];
}

/** How many alerts are remembered: some megabytes with the profiles that only they hold on to. */
const CAPACITY = 500;

/** The last alerts, each with a snapshot of what it was decided by. */
export class AlertMemory {
  readonly #byKey = new Map<string, RememberedAlert>();

  remember(one: RememberedAlert): void {
    this.#byKey.set(one.alert.idempotencyKey, one);
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > CAPACITY && oldest !== undefined) this.#byKey.delete(oldest);
  }

  /** Newest first. */
  alerts(): readonly Alert[] {
    return [...this.#byKey.values()].map(({ alert }) => alert).reverse();
  }

  /** By key or the beginning of one; `ambiguous` when several begin so. */
  find(key: string): RememberedAlert | 'ambiguous' | undefined {
    const exact = this.#byKey.get(key);
    if (exact !== undefined) return exact;
    const fitting = [...this.#byKey].filter(([each]) => each.startsWith(key));
    return fitting.length > 1 ? 'ambiguous' : fitting[0]?.[1];
  }
}
