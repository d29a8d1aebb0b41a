import { AgentError } from '#model/agent-error.js';

/** How often something is tried against writers who come between. */
const TRIES = 5;

/** Reads and writes again while others come between. Rejects with `conflict` when they do it all the time. */
export async function despiteRaces<T>(readAndWrite: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await readAndWrite();
    } catch (reason) {
      if (AgentError.from(reason).code !== 'conflict' || tries === TRIES) throw reason;
    }
  }
}
