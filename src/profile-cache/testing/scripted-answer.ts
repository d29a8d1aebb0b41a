import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { Cancel } from '#runtime/clock.js';

/** How the store behaves when it is asked. */
export interface Behaviour {
  readonly delayMs?: number;
  /** Rejects with this code instead of answering. */
  readonly fail?: ErrorCode;
  /** What the error of `fail` asks for. */
  readonly retryAfterMs?: number;
  /** Never answers; ends only when the caller gives up. */
  readonly hang?: boolean;
  /** Keeps the answer back until {@link AnswerDesk.release}, which lets them go in any order. */
  readonly isHeld?: boolean;
  /** Answers after the delay even to a caller that has given up. */
  readonly isDeaf?: boolean;
}

/** A call that waits for its answer. */
export interface Asked<T> {
  /** Names the call in messages. */
  readonly what: string;
  readonly behaviour: Behaviour;
  readonly signal: AbortSignal;
  /** The answer, made when the call was. */
  readonly answer: T;
  /** Called once when nobody waits any more: answered, failed or given up. */
  readonly onEnd: () => void;
}

/** Hands out answers the way a {@link Behaviour} says: late, never, or in another order. */
export class AnswerDesk {
  readonly #schedule: (delayMs: number, run: () => void) => Cancel;
  readonly #onRest: (retryAfterMs: number) => void;
  readonly #held = new Set<() => void>();

  /** @param onRest hears of each failure that was handed out with a wish for rest */
  constructor(
    schedule: (delayMs: number, run: () => void) => Cancel,
    onRest: (retryAfterMs: number) => void,
  ) {
    this.#schedule = schedule;
    this.#onRest = onRest;
  }

  /** How many answers are kept back. */
  get heldCount(): number {
    return this.#held.size;
  }

  /** Lets one of the answers go that are kept back; the number is taken round about. */
  release(which: number): void {
    const held = [...this.#held];
    held[which % held.length]?.();
  }

  ask<T>({ what, behaviour, signal, answer, onEnd }: Asked<T>): Promise<T> {
    const { isDeaf = false } = behaviour;
    return new Promise((resolve, reject) => {
      const end = () => {
        signal.removeEventListener('abort', onAbort);
        onEnd();
      };
      const deliver = () => {
        end();
        if (behaviour.fail === undefined) {
          resolve(answer);
          return;
        }
        reject(scriptedError(what, behaviour));
        if (!signal.aborted) this.#onRest(behaviour.retryAfterMs ?? 0);
      };
      const cancel = this.#later(behaviour, deliver);
      const onAbort = () => {
        end();
        if (isDeaf) return;
        cancel();
        reject(new AgentError('aborted', `${what} was aborted`));
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  #later({ delayMs = 0, hang, isHeld }: Behaviour, deliver: () => void): Cancel {
    if (hang) return () => {};
    if (!isHeld) return this.#schedule(delayMs, deliver);
    const go = () => {
      this.#held.delete(go);
      deliver();
    };
    this.#held.add(go);
    return () => this.#held.delete(go);
  }
}

/** The error that `behaviour` says. */
export function scriptedError(what: string, { fail, retryAfterMs }: Behaviour): AgentError {
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new AgentError(fail ?? 'unavailable', `${what} failed as scripted`, asked);
}
