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

/** How much the remembered alerts may be as JSON: large arguments make large alerts. */
export const REMEMBERED_ALERT_BYTES = 8 * 1_024 * 1_024;

interface Sized {
  readonly remembered: RememberedAlert;
  /** Of the alert as JSON. */
  readonly sizeBytes: number;
}

/** The last alerts, each with a snapshot of what it was decided by. */
export class AlertMemory {
  readonly #byKey = new Map<string, Sized>();
  #sizeBytes = 0;

  /**
   * Forgets the oldest for it when there are {@link REMEMBERED_ALERTS}, or {@link REMEMBERED_ALERT_BYTES} of
   * them; the newest is kept, however large. The same key again takes the place of the first.
   */
  remember(remembered: RememberedAlert): void {
    const key = remembered.alert.idempotencyKey;
    const sizeBytes = Buffer.byteLength(JSON.stringify(remembered.alert));
    this.#forget(key);
    this.#byKey.set(key, { remembered, sizeBytes });
    this.#sizeBytes += sizeBytes;
    for (const oldest of this.#byKey.keys()) {
      if (oldest === key || !this.#isTooMuch) break;
      this.#forget(oldest);
    }
  }

  /** Newest first. */
  alerts(): readonly Alert[] {
    return [...this.#byKey.values()].map(({ remembered }) => remembered.alert).reverse();
  }

  /** By key or the beginning of one; `ambiguous` when several begin so. */
  find(key: string): RememberedAlert | 'ambiguous' | undefined {
    const exact = this.#byKey.get(key);
    if (exact !== undefined) return exact.remembered;
    const fitting = [...this.#byKey].filter(([each]) => each.startsWith(key));
    return fitting.length > 1 ? 'ambiguous' : fitting[0]?.[1].remembered;
  }

  get #isTooMuch(): boolean {
    return this.#byKey.size > REMEMBERED_ALERTS || this.#sizeBytes > REMEMBERED_ALERT_BYTES;
  }

  #forget(key: string): void {
    const sized = this.#byKey.get(key);
    if (sized === undefined) return;
    sized.remembered.release?.();
    this.#sizeBytes -= sized.sizeBytes;
    this.#byKey.delete(key);
  }
}
