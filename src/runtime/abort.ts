import { AgentError } from '#model/agent-error.js';
import type { Clock } from './clock.ts';

/**
 * Runs `work` with a signal that aborts when `signal` does or after `budgetMs`, and settles at that
 * moment at the latest, whether `work` listens or not. Rejects with `unavailable` when the budget
 * ran out, with `aborted` when `signal` aborted. `what` names the call in the message.
 */
export async function withBudget<T>(
  {
    clock,
    budgetMs,
    signal,
    what,
  }: Readonly<{ clock: Clock; budgetMs: number; signal: AbortSignal; what: string }>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted)
    throw new AgentError('aborted', `${what} was aborted`, { cause: signal.reason });
  const inner = new AbortController();
  let unhook = () => {};
  const ended = new Promise<never>((_resolve, reject) => {
    const fail = (error: AgentError) => {
      // In this order: what ends the wait is the reason, and not what `work` makes of being aborted.
      reject(error);
      inner.abort(error);
    };
    const onAbort = () =>
      fail(new AgentError('aborted', `${what} was aborted`, { cause: signal.reason }));
    const cancel = clock.schedule(budgetMs, () =>
      fail(new AgentError('unavailable', `${what} took longer than ${budgetMs} ms`)),
    );
    signal.addEventListener('abort', onAbort, { once: true });
    unhook = () => {
      cancel();
      signal.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([work(inner.signal), ended]);
  } finally {
    unhook();
  }
}

/**
 * Settles with `work`, or rejects with `aborted` as soon as `signal` aborts; `work` is not told. `what`
 * names it in the message.
 */
export async function unlessAborted<T>(
  { signal, what }: Readonly<{ signal: AbortSignal; what: string }>,
  work: Promise<T>,
): Promise<T> {
  let unhook = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () =>
      reject(new AgentError('aborted', `${what} was aborted`, { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    unhook = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    unhook();
  }
}
