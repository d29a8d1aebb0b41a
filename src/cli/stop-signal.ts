import { systemClock } from '#runtime/clock.js';

/** A Ctrl-C reaches us from the terminal and again through the launcher (bin/hullwatch.js): that is one. */
const SAME_CTRL_C_MS = 300;
/** How long the last output of a process that was told to end may wait for its reader. */
const READER_BUDGET_MS = 3_000;

/**
 * Runs `work` with a signal that aborts at Ctrl-C, at SIGTERM, or when `stop` is called. A second
 * Ctrl-C ends the process at once, for a person who will not wait. After the first, the process ends
 * with its exit status even if nobody reads what it has written.
 */
export async function untilStopped<T>(
  work: (signal: AbortSignal, stop: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  let firstMs: number | undefined;
  let isInterrupted = false;
  const onSignal = (signal: NodeJS.Signals) => {
    const nowMs = systemClock.monotonic();
    firstMs ??= nowMs;
    if (signal === 'SIGINT' && nowMs - firstMs > SAME_CTRL_C_MS) process.exit(130);
    isInterrupted ||= signal === 'SIGINT';
    stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal, stop);
  } finally {
    // The same Ctrl-C may still come a second time: unheard, it would end the process before its last output.
    if (isInterrupted) await restOfCtrlC(firstMs);
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
    if (controller.signal.aborted) endWithoutReader();
  }
}

function restOfCtrlC(firstMs = systemClock.monotonic()): Promise<void> {
  const { signal } = new AbortController();
  const leftMs = SAME_CTRL_C_MS - (systemClock.monotonic() - firstMs);
  return systemClock.sleep(Math.max(0, leftMs), signal);
}

/** A pipe that nobody reads keeps a process alive that has something for it. */
function endWithoutReader(): void {
  const cancel = systemClock.schedule(READER_BUDGET_MS, () => process.exit());
  process.stdout.write('', () => cancel());
}
