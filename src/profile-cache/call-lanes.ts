import { AgentError } from '#model/agent-error.js';

/** Lets so many in at a time; the others wait in the order of asking. */
export class CallLanes {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(lanes: number) {
    this.#free = lanes;
  }

  /** Settles when there is a lane; rejects with `aborted`, and takes none, when `signal` aborts before. */
  async enter(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(enter);
        reject(
          new AgentError('aborted', 'the wait for a call was aborted', { cause: signal.reason }),
        );
      };
      this.#waiting.add(enter);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  /** Gives a lane that was entered to the next. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
