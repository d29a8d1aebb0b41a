/** Why an event was set aside on purpose. */
export const IGNORE_REASONS = ['setup', 'sandbox', 'not-a-container', 'excluded'] as const;
/** Why an event was lost, and by whom. */
export const DROP_REASONS = [
  'kernel-buffer-full',
  'unknown-container',
  'hold-full',
  'queue-full',
  'damaged',
  'source-died',
  'shutdown',
] as const;

/** The losses that leave no trace of whose events they were. */
const UNKNOWN_ORIGIN: readonly DropReason[] = [
  'kernel-buffer-full',
  'queue-full',
  'damaged',
  'source-died',
];

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

  /** Events lost so far of which nobody can say whose they were: any container may miss them. */
  get lostOfUnknownOrigin(): number {
    let lost = 0;
    for (const reason of UNKNOWN_ORIGIN) lost += this.#dropped[reason];
    return lost;
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
