import { VirtualClock } from '#runtime/virtual-clock.js';

/** A virtual clock whose wall time can be set, as an administrator or NTP does. Timers do not care. */
export class JumpingClock extends VirtualClock {
  #offsetMs = 0;

  override now(): number {
    return super.now() + this.#offsetMs;
  }

  /** Sets the wall time forth, or back with a negative number. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }
}
