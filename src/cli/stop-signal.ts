/**
 * Runs `work` with a signal that aborts at Ctrl-C, at SIGTERM, or when `stop` is called. A second
 * Ctrl-C ends the process at once, for a person who will not wait.
 */
export async function untilStopped<T>(
  work: (signal: AbortSignal, stop: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted && signal === 'SIGINT') process.exit(130);
    stop();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    return await work(controller.signal, stop);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
