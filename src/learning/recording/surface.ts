import type { Portion } from './room.ts';

/** One surface of a recording: what was seen of it and stands in no report yet. */
export interface RecordedSurface<Entry> {
  /** How many entries the last report has left behind. They go before all others. */
  readonly leftBehind: number;
  /** Takes out at most so many entries, oldest first, while the portion has room. */
  take(portion: Portion, limit: number): readonly Entry[];
  /** A report has been taken, of this surface as of the others. */
  markLeftBehind(): void;
}
