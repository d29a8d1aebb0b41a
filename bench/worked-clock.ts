import { VirtualClock } from '../src/runtime/virtual-clock.ts';

/**
 * A virtual clock that sees the time that work takes: timers and the time of day are virtual, the
 * monotonic time moves with the real one too, so that work that gives way after some milliseconds does.
 */
export class WorkedClock extends VirtualClock {
  override monotonic(): number {
    return super.monotonic() + performance.now();
  }
}
