/** No node is silent for a day: a longer step is damage, or the machine's clock was set. */
const MAX_STEP_MS = 24 * 60 * 60 * 1_000;

/**
 * The times of a recording without leaps. A replay lets every timer fire that falls between two
 * entries, so a leap of a thousand years would keep it busy for ever. The entry after a leap is given the
 * time of the one before, and all later ones keep their distance to it.
 */
export class RecordingTimes {
  #lastMs = 0;
  #shiftMs = 0;

  /** Starts at the time of the recording's first line. */
  begin(timeMs: number): void {
    this.#lastMs = timeMs;
  }

  /** Time of the entry before, as it was given out. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** The time of the next entry, and by how much it leapt; 0 when it did not. */
  next(writtenMs: number): { readonly timeMs: number; readonly leapMs: number } {
    const stepMs = writtenMs + this.#shiftMs - this.#lastMs;
    const leapMs = Math.abs(stepMs) > MAX_STEP_MS ? stepMs : 0;
    this.#shiftMs -= leapMs;
    this.#lastMs = writtenMs + this.#shiftMs;
    return { timeMs: this.#lastMs, leapMs };
  }
}
