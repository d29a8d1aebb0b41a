import type { Alert } from '#model/alert.js';
import type { Finding } from '#model/finding.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { CacheEntryView } from '#profile-cache/cache-entry-view.js';

/** An alert, and what it was decided by. */
export interface RememberedAlert {
  readonly alert: Alert;
  readonly finding: Finding;
  /** The container's profile, as it was; it judged only if it was enforced. */
  readonly entry: ContainerProfileEntry | undefined;
  /** The objects that it was made of. */
  readonly sources: CacheEntryView['sources'];
  /** Called when it is forgotten: the profile need not answer any more. */
  readonly release?: (() => void) | undefined;
}

/** How many alerts are remembered: some megabytes with the profiles that only they hold on to. */
export const REMEMBERED_ALERTS = 500;

/** The last alerts, each with a snapshot of what it was decided by. */
export class AlertMemory {
  readonly #byKey = new Map<string, RememberedAlert>();

  /** Forgets the oldest for it when there are {@link REMEMBERED_ALERTS}. The same key again takes the place of the first. */
  remember(one: RememberedAlert): void {
    const key = one.alert.idempotencyKey;
    this.#forget(key);
    this.#byKey.set(key, one);
    const [oldest] = this.#byKey.keys();
    if (this.#byKey.size > REMEMBERED_ALERTS && oldest !== undefined) this.#forget(oldest);
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

  #forget(key: string): void {
    this.#byKey.get(key)?.release?.();
    this.#byKey.delete(key);
  }
}
