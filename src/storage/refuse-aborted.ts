import { AgentError } from '#model/agent-error.js';

/** Throws `aborted` when `signal` has aborted. */
export function refuseAborted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new AgentError('aborted', 'call to the profile store was aborted', {
    cause: signal.reason,
  });
}
