/** Why an event was set aside on purpose. */
export const IGNORE_REASONS = ['setup', 'sandbox', 'not-a-container', 'excluded'] as const;
/**
 * Why an event was lost, and by whom. `kernel-buffer-full-of-one` is `kernel-buffer-full` where the kernel side knew
 * whose it was; `container-share`: the container had filled its own part of that buffer.
 */
export const DROP_REASONS = [
  'kernel-buffer-full',
  'kernel-buffer-full-of-one',
  'container-share',
  'unknown-container',
  'hold-full',
  'queue-full',
  'damaged',
  'source-died',
  'shutdown',
] as const;

/** The losses that leave no trace of whose events they were: those before us, and those of our own. */
const UNKNOWN_ORIGIN = {
  lost: ['kernel-buffer-full', 'damaged', 'source-died'],
  dropped: ['queue-full'],
} as const satisfies Readonly<Record<string, readonly DropReason[]>>;

export type IgnoreReason = (typeof IGNORE_REASONS)[number];
export type DropReason = (typeof DROP_REASONS)[number];

/** The counts at one moment. `inFlight` is what was emitted and has not reached its place yet. */
export interface AccountingSnapshot {
  readonly emitted: number;
  readonly evaluated: number;
  readonly duplicate: number;
  readonly ignored: Readonly<Record<IgnoreReason, number>>;
  readonly dropped: Readonly<Record<DropReason, number>>;
  readonly inFlight: number;
}

/**
 * Counts every event into exactly one place. At a quiet moment
 * `emitted = evaluated + duplicate + ignored + dropped`; until then the difference is in flight.
 */
export class EventAccounting {
  #emitted = 0;
  #evaluated = 0;
  #duplicate = 0;
  readonly #ignored = zeroes(IGNORE_REASONS);
  readonly #dropped = zeroes(DROP_REASONS);

  emitted(count = 1): void {
    this.#emitted += count;
  }

  evaluated(count = 1): void {
    this.#evaluated += count;
  }

  duplicate(count = 1): void {
    this.#duplicate += count;
  }

  ignored(reason: IgnoreReason, count = 1): void {
    this.#ignored[reason] += count;
  }

  dropped(reason: DropReason, count = 1): void {
    this.#dropped[reason] += count;
  }

  /**
   * Events missed so far of which nobody can say whose they were, so that any container may miss them. `lost`
   * never came to us as events; for `dropped` we had no room.
   */
  get missedOfUnknownOrigin(): Readonly<Record<'lost' | 'dropped', number>> {
    const sum = (reasons: readonly DropReason[]) =>
      reasons.reduce((count, reason) => count + this.#dropped[reason], 0);
    return { lost: sum(UNKNOWN_ORIGIN.lost), dropped: sum(UNKNOWN_ORIGIN.dropped) };
  }

  snapshot(): AccountingSnapshot {
    const placed = this.#evaluated + this.#duplicate + total(this.#ignored) + total(this.#dropped);
    return {
      emitted: this.#emitted,
      evaluated: this.#evaluated,
      duplicate: this.#duplicate,
      ignored: { ...this.#ignored },
      dropped: { ...this.#dropped },
      inFlight: this.#emitted - placed,
    };
  }
}

/** Sum over all reasons. */
export function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function zeroes<Reason extends string>(reasons: readonly Reason[]): Record<Reason, number> {
  return Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
}
