import { AgentError } from '#model/agent-error.js';
import { errorFields, type Logger } from './log.ts';

/**
 * Runs work that nobody waits for. A failure is logged under `what`; being aborted is not a failure.
 * The promise returned never rejects, so that it may be kept and awaited at the end, or not.
 */
export function inBackground(
  what: string,
  log: Logger,
  work: () => Promise<unknown>,
): Promise<void> {
  return Promise.resolve()
    .then(work)
    .then(
      () => undefined,
      (reason: unknown) => {
        if (AgentError.from(reason).code === 'aborted') return;
        log.error('background work failed', { what, ...errorFields(reason) });
      },
    );
}
