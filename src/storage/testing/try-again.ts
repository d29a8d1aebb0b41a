import { AgentError } from '#model/agent-error.js';

/** As a caller does to whom a store says that another process writes at the moment: tries until it does not. */
export async function tryAgain<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (reason) {
      if (AgentError.from(reason).code !== 'unavailable') throw reason;
    }
  }
}
