import { AgentError } from '#model/agent-error.js';

/** Cancels a scheduled call; does nothing when it has run or was cancelled already. */
export type Cancel = () => void;

/** The only source of time. Every part that waits or reads the time takes one. */
export interface Clock {
  /** Milliseconds since the Unix epoch, possibly with a fraction. May jump when the system's clock is set. */
  now(): number;
  /** Milliseconds since some fixed moment; never goes back. For measuring durations. */
  monotonic(): number;
  /** Calls `run` once, `delayMs` from now or later, however far away that is. Keeps the process alive until then. */
  schedule(delayMs: number, run: () => void): Cancel;
  /** Settles `delayMs` from now; rejects with `aborted` as soon as `signal` aborts. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** Sleeping in terms of scheduling; shared by all clocks. */
export function sleepOn(
  schedule: Clock['schedule'],
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new AgentError('aborted', 'sleep was aborted', { cause: signal.reason }));
      return;
    }
    const onAbort = () => {
      cancel();
      reject(new AgentError('aborted', 'sleep was aborted', { cause: signal.reason }));
    };
    const cancel = schedule(delayMs, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** A timer of Node that is set for longer than 32 bits of milliseconds hold (24.8 days) fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `run` after `delayMs` and never before, with timers of at most `longestMs` one after the other. The cancel that
 * is returned works at any time.
 */
export function scheduleInParts(delayMs: number, run: () => void, longestMs: number): Cancel {
  const untilMs = performance.now() + Math.max(0, delayMs);
  let timer: NodeJS.Timeout;
  const arm = () => {
    const leftMs = Math.max(0, untilMs - performance.now());
    timer = setTimeout(onTimer, Math.min(Math.ceil(leftMs), longestMs));
  };
  const onTimer = () => {
    // Node counts timers in whole milliseconds of a clock of its own, and so may be early by almost two.
    if (performance.now() < untilMs) arm();
    else run();
  };
  arm();
  return () => clearTimeout(timer);
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now() + wallClockStep(),
  monotonic: () => performance.now(),
  schedule: (delayMs, run) => scheduleInParts(delayMs, run, LONGEST_TIMER_MS),
  sleep: (delayMs, signal) => sleepOn(systemClock.schedule, delayMs, signal),
};

/** How far the system's clock was set away from where it stood at start, in whole milliseconds. */
function wallClockStep(): number {
  const drift = Date.now() - (performance.timeOrigin + performance.now());
  // Below 2 ms it is rounding and timer resolution, and the finer clock is the better one.
  return Math.abs(drift) < 2 ? 0 : drift;
}
