import { AgentError } from '#model/agent-error.js';
import type { WatchEvent } from '#model/profile-store.js';
import type { Cancel } from '#runtime/clock.js';
import type { Behaviour } from './scripted-answer.ts';
import { scriptedError } from './scripted-answer.ts';

/** How a watch is opened. */
export interface WatchOpening {
  /** Names it in messages: kind and namespace. */
  readonly what: string;
  readonly behaviour: Behaviour;
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly schedule: (delayMs: number, run: () => void) => Cancel;
  /** Called once when it is over, for whatever reason. */
  readonly onEnd: () => void;
}

type Item = WatchEvent | AgentError | 'end';

/**
 * One watch that runs. What it tells may come late but in order; it can be ended in every way in
 * which a watch ends, and in the one in which it should not: by going silent.
 */
export class ScriptedWatch implements AsyncIterator<WatchEvent> {
  readonly what: string;
  /** How long each event is on its way. */
  delayMs: number;
  readonly #opening: WatchOpening;
  readonly #delivered: Item[] = [];
  readonly #timers = new Set<Cancel>();
  #lastAtMs = Number.NEGATIVE_INFINITY;
  #isSilent: boolean;
  #isOver = false;
  #waiting: {
    resolve: (result: IteratorResult<WatchEvent>) => void;
    reject: (e: unknown) => void;
  }[] = [];

  constructor(opening: WatchOpening) {
    const { what, behaviour } = opening;
    this.#opening = opening;
    this.what = what;
    this.delayMs = behaviour.delayMs ?? 0;
    this.#isSilent = behaviour.hang === true || behaviour.fail !== undefined;
  }

  /** Opens it; before, nothing is told and nothing ends it. */
  start(): void {
    const { behaviour, signal } = this.#opening;
    if (behaviour.fail !== undefined) this.fail(behaviour);
    if (signal.aborted) this.#onAbort();
    else if (!this.#isOver) signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tells an event, after those before it. */
  tell(event: WatchEvent): void {
    if (!this.#isSilent) this.#send(event, this.delayMs);
  }

  /** Tells nothing any more, without an end. */
  silence(): void {
    this.#isSilent = true;
  }

  /** The connection breaks; what was on its way is lost. */
  cut(retryAfterMs?: number): void {
    this.fail({ fail: 'unavailable', ...(retryAfterMs !== undefined && { retryAfterMs }) });
  }

  /** The store has forgotten where the watch stands. */
  expire(): void {
    this.fail({ fail: 'expired' });
  }

  /** Ends it with the error of `behaviour`, after its delay. */
  fail(behaviour: Behaviour): void {
    this.#send(scriptedError(`watch of ${this.what}`, behaviour), behaviour.delayMs ?? 0);
  }

  /** The store closes it, as stores do after some minutes; what was on its way is lost. */
  end(): void {
    this.#send('end', 0);
  }

  next(): Promise<IteratorResult<WatchEvent>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#flush();
    });
  }

  return(): Promise<IteratorResult<WatchEvent>> {
    this.#close();
    this.#delivered.length = 0;
    this.#flush();
    return Promise.resolve({ done: true, value: undefined });
  }

  readonly #onAbort = () => {
    const { behaviour, onEnd, schedule } = this.#opening;
    onEnd();
    const over = () =>
      this.#deliver(new AgentError('aborted', `watch of ${this.what} was aborted`));
    if (behaviour.isDeaf) {
      this.#timers.add(schedule(behaviour.delayMs ?? 0, over));
      return;
    }
    this.#delivered.length = 0;
    over();
  };

  #send(item: Item, delayMs: number): void {
    if (this.#isOver) return;
    const nowMs = this.#opening.now();
    const isLast = item === 'end' || item instanceof AgentError;
    const atMs = isLast ? nowMs + delayMs : Math.max(this.#lastAtMs, nowMs + delayMs);
    if (!isLast) this.#lastAtMs = atMs;
    if (atMs <= nowMs) {
      this.#deliver(item);
      return;
    }
    const cancel = this.#opening.schedule(atMs - nowMs, () => {
      this.#timers.delete(cancel);
      this.#deliver(item);
    });
    this.#timers.add(cancel);
  }

  #deliver(item: Item): void {
    if (this.#isOver) return;
    this.#delivered.push(item);
    if (item === 'end' || item instanceof AgentError) this.#close();
    this.#flush();
  }

  #flush(): void {
    while (this.#waiting.length > 0 && (this.#delivered.length > 0 || this.#isOver)) {
      const { resolve, reject } = this.#waiting.shift() ?? {};
      const item = this.#delivered.shift();
      if (item === undefined || item === 'end') resolve?.({ done: true, value: undefined });
      else if (item instanceof AgentError) reject?.(item);
      else resolve?.({ done: false, value: item });
    }
  }

  #close(): void {
    this.#isOver = true;
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#opening.signal.removeEventListener('abort', this.#onAbort);
    this.#opening.onEnd();
  }
}
