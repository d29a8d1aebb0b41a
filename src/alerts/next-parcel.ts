import type { Alert } from '#model/alert.js';
import type { Clock } from '#runtime/clock.js';
import type { Logger } from '#runtime/log.js';
import type { NodeIdentity } from './alert-from-finding.ts';
import type { AlertSink } from './alert-sink.ts';
import type { AlertSpool, AlertToSpool } from './alert-spool.ts';
import type { Uncounted } from './discarded-alerts.ts';
import { discardedNotice, heldBackNotice } from './notice-alert.ts';
import { RateWindow } from './rate-window.ts';
import type { SpooledAlert } from './spool-file.ts';

/** What goes to a sink in one call, unless it is refused. */
export interface Parcel {
  readonly alerts: readonly { readonly sequence: number; readonly alert: Alert }[];
  /** It tells of alerts that the sink does not get. */
  readonly isNotice: boolean;
  /** To be called when the alerts up to this sequence are settled. */
  acknowledge(sequence: number): void;
}

interface NextParcelParts {
  readonly sink: AlertSink;
  readonly spool: AlertSpool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly node: NodeIdentity;
}

/** A sink hears at most this often of discarded alerts, apart from the first time. */
const DISCARDED_INTERVAL_MS = 60_000;

/**
 * Decides what goes to a sink next: word of discarded alerts, word of what its rate limit held back, or
 * as many waiting alerts as its batches and its limit allow.
 */
export class NextParcel {
  readonly #parts: NextParcelParts;
  /** Undefined: the sink takes as many as come. */
  readonly #rate: RateWindow | undefined;
  /** By the monotonic clock; undefined while no batch is being filled. */
  #batchDueMs: number | undefined;
  #isHurried = false;
  #heldBack = 0;
  /** By the monotonic clock. */
  #mayTellMs = 0;

  constructor(parts: NextParcelParts) {
    const { sink, spool, clock } = parts;
    this.#parts = parts;
    if (sink.alertsPerMinute === undefined) return;
    this.#rate = new RateWindow(clock, sink.alertsPerMinute, spool.everything(sink.name).count);
  }

  /** How many alerts the sink got only as a number. */
  get heldBack(): number {
    return this.#heldBack;
  }

  /** Alerts were spooled. */
  note(spooled: readonly AlertToSpool[]): void {
    if (this.#rate) for (const { ruleId } of spooled) this.#rate.note(ruleId);
  }

  /** From now on nothing waits for a batch to fill or a minute to end. */
  hurry(): void {
    this.#isHurried = true;
  }

  /** A parcel, or in how many milliseconds to ask again at the latest; infinite when only a new alert changes anything. */
  take(): Parcel | number {
    return (
      this.#heldBackParcel() ??
      this.#leftOfWindow() ??
      this.#discardedParcel() ??
      this.#leftOfBatch() ??
      this.#batch() ??
      this.#untilMayTell()
    );
  }

  get #allowed(): number {
    return this.#rate?.allowed ?? Number.POSITIVE_INFINITY;
  }

  /** When a window has ended that was used up, all that waits is held back. */
  #heldBackParcel(): Parcel | undefined {
    const { spool, sink, node } = this.#parts;
    const leftMs = this.#rate?.leftMs;
    const isOver = leftMs === 0 || (leftMs !== undefined && this.#isHurried && this.#allowed <= 0);
    const held = isOver ? this.#rate?.end() : undefined;
    if (held === undefined) return undefined;
    const all = spool.everything(sink.name);
    if (all.count === 0) return undefined;
    this.#heldBack += all.count;
    return noticeParcel(heldBackNotice({ ...this.#about(all), ...held }, node), all);
  }

  #leftOfWindow(): number | undefined {
    return this.#allowed <= 0 ? this.#rate?.leftMs : undefined;
  }

  #discardedParcel(): Parcel | undefined {
    const { spool, sink, node, clock } = this.#parts;
    const lost = spool.lost(sink.name);
    if (lost === undefined) return undefined;
    this.#rate?.discard(lost.recent);
    if (!this.#isHurried && clock.monotonic() < this.#mayTellMs) {
      if (lost.recent > 0) lost.defer();
      return undefined;
    }
    return noticeParcel(discardedNotice(this.#about(lost), node), {
      acknowledge: () => {
        lost.acknowledge();
        this.#mayTellMs = clock.monotonic() + DISCARDED_INTERVAL_MS;
      },
    });
  }

  #untilMayTell(): number {
    const { spool, sink, clock } = this.#parts;
    if (spool.lost(sink.name) === undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#mayTellMs - clock.monotonic());
  }

  #about({ count, id }: Pick<Uncounted, 'count' | 'id'>) {
    const { sink, clock } = this.#parts;
    return { sink: sink.name, count, id, nowMs: clock.now() };
  }

  /** How long a batch that is not full waits for more; undefined when it goes now. */
  #leftOfBatch(): number | undefined {
    const { spool, sink, clock } = this.#parts;
    const { batchDelayMs = 0, batchSize, name } = sink;
    if (batchDelayMs <= 0 || this.#isHurried) return undefined;
    const count = spool.count(name);
    if (count === 0 || count >= Math.min(batchSize, this.#allowed)) {
      this.#batchDueMs = undefined;
      return undefined;
    }
    this.#batchDueMs ??= clock.monotonic() + batchDelayMs;
    const leftMs = this.#batchDueMs - clock.monotonic();
    if (leftMs > 0) return leftMs;
    this.#batchDueMs = undefined;
    return undefined;
  }

  #batch(): Parcel | undefined {
    const { spool, sink } = this.#parts;
    const limit = Math.max(1, Math.min(sink.batchSize, this.#allowed));
    const waiting = spool.waiting(sink.name, limit);
    if (waiting === undefined) return undefined;
    const alerts = waiting.alerts.flatMap((each) => this.#read(each) ?? []);
    this.#rate?.discard(waiting.alerts.length - alerts.length);
    if (alerts.length === 0) {
      waiting.acknowledge(waiting.alerts.at(-1)?.sequence ?? 0);
      return this.#batch();
    }
    this.#rate?.pass(alerts.length);
    return { alerts, isNotice: false, acknowledge: (sequence) => waiting.acknowledge(sequence) };
  }

  #read({ sequence, alert }: SpooledAlert): Parcel['alerts'][number] | undefined {
    try {
      return { sequence, alert: JSON.parse(alert) as Alert };
    } catch {
      const { log, sink } = this.#parts;
      log.error('spooled alert cannot be read and is left out', { sink: sink.name, sequence });
      return undefined;
    }
  }
}

function noticeParcel(alert: Alert, about: Pick<Uncounted, 'acknowledge'>): Parcel {
  return {
    alerts: [{ sequence: 0, alert }],
    isNotice: true,
    acknowledge: () => about.acknowledge(),
  };
}
