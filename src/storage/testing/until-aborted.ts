import { AgentError } from '#model/agent-error.js';

/** Settles with `work`, or rejects with `aborted` as soon as `signal` aborts. */
export async function untilAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  let unhook = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () =>
      reject(new AgentError('aborted', 'call was aborted', { cause: signal.reason }));
    unhook = () => signal.removeEventListener('abort', onAbort);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([aborted, work()]);
  } finally {
    unhook();
  }
}
