/**
 * Tells a partial profile of an earlier life of a container from its own.
 *
 * A container that started under our eyes is learned by this agent, which therefore knows when that
 * learning has ended. Before, a partial profile can only come from an earlier life (or from another
 * container of the same workload) and does not count. Afterwards it counts as soon as its version
 * has changed since the end, and at the latest when the store had `outcomeWaitMs` to merge the last
 * report: what is stored then is what this learning came to, even if that is nothing.
 *
 * The age of the object or its version at the time of adding would not do: the last report of a
 * container that crashed is merged some time after its next life has begun. Times are monotonic.
 */
export class OwnLearning {
  readonly #startedAtMs: number;
  readonly #outcomeWaitMs: number;
  #endedAtMs: number | undefined;
  #versionAtEnd: string | undefined;

  constructor(times: { readonly startedAtMs: number; readonly outcomeWaitMs: number }) {
    this.#startedAtMs = times.startedAtMs;
    this.#outcomeWaitMs = times.outcomeWaitMs;
  }

  /** Learning of this container has ended, however. Only the first call counts. */
  end(nowMs: number): void {
    this.#endedAtMs ??= nowMs;
  }

  /** Takes the version of the learned profile as just read. */
  saw(version: string): void {
    if (this.#endedAtMs !== undefined) this.#versionAtEnd ??= version;
  }

  /**
   * A partial profile of `version` holds what this container's own learning came to. With the
   * learning period that the profile names, it does so after that time too, told of an end or not.
   */
  owns(version: string, nowMs: number, periodMs = Number.POSITIVE_INFINITY): boolean {
    const endedAtMs = Math.min(
      this.#endedAtMs ?? Number.POSITIVE_INFINITY,
      this.#startedAtMs + periodMs,
    );
    if (nowMs - endedAtMs >= this.#outcomeWaitMs) return true;
    return this.#versionAtEnd !== undefined && this.#versionAtEnd !== version;
  }

  /** Learning is known to have ended, and its outcome may not be in the store yet. */
  isSettling(nowMs: number): boolean {
    return this.#endedAtMs !== undefined && nowMs - this.#endedAtMs < this.#outcomeWaitMs;
  }
}
