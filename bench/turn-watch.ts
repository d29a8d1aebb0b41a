/**
 * Finds the longest turn of the event loop in processor time of this thread: everything that ran before
 * other things got their turn, collections included. Time in which the machine ran other processes does
 * not count, so that figures hold on a busy machine.
 */
export class TurnWatch {
  #longestMs = 0;
  #lastMs = 0;
  #isRunning = false;

  /** Runs `work` and gives the longest turn during it, in milliseconds. */
  async longestDuring(work: () => Promise<void>): Promise<number> {
    this.#longestMs = 0;
    this.#lastMs = threadMs();
    this.#isRunning = true;
    setImmediate(this.#turn);
    await work();
    this.#note();
    this.#isRunning = false;
    return this.#longestMs;
  }

  readonly #turn = () => {
    if (!this.#isRunning) return;
    this.#note();
    setImmediate(this.#turn);
  };

  #note(): void {
    const nowMs = threadMs();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}

/** Processor time of this thread so far, in milliseconds. */
export function threadMs(): number {
  // Without it Linux tells a thread's time as of the last tick of the scheduler, up to 4 ms ago.
  process.cpuUsage();
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1e3;
}
