import { AgentError, type ErrorCode } from '#model/agent-error.js';
import type { ProfileStore, WatchEvent } from '#model/profile-store.js';
import type { Health } from '#runtime/health.js';

type Condition = 'store-read' | 'store-write';

/** `internal` is what a store says whose file is damaged. */
const NO_ANSWER: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['internal', 'unavailable']);

/**
 * The same store, which sets a condition while it does not answer, or is damaged, and clears it with
 * its next answer.
 * Reading and writing are told apart: a full disk is read as before. What a watch tells is an answer
 * to reading, and so is that it has expired; that it has ended is none.
 */
export function reportingStore(store: ProfileStore, health: Health): ProfileStore {
  const reports = storeReports(health);
  const { answered } = reports;
  return {
    get: (kind, key, options) => answered('store-read', store.get(kind, key, options)),
    list: (kind, options) => answered('store-read', store.list(kind, options)),
    watch: (kind, options) => reports.watched(store.watch(kind, options)),
    create: (kind, object, options) => answered('store-write', store.create(kind, object, options)),
    update: (kind, object, options) => answered('store-write', store.update(kind, object, options)),
    delete: (kind, key, options) => answered('store-write', store.delete(kind, key, options)),
  };
}

function storeReports(health: Health) {
  const failed = (condition: Condition, reason: unknown) => {
    const { code, message } = AgentError.from(reason);
    if (NO_ANSWER.has(code)) health.set(condition, message);
    else if (code !== 'aborted') health.clear(condition);
  };
  const answered = async <T>(condition: Condition, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      health.clear(condition);
      return answer;
    } catch (reason) {
      failed(condition, reason);
      throw reason;
    }
  };
  const told = async <T extends IteratorResult<WatchEvent>>(next: Promise<T>): Promise<T> => {
    try {
      const result = await next;
      if (!result.done) health.clear('store-read');
      return result;
    } catch (reason) {
      failed('store-read', reason);
      throw reason;
    }
  };
  // Not a generator: its `return` would wait for the `next` that it is to end.
  const watched = (watch: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> => ({
    [Symbol.asyncIterator]() {
      const events = watch[Symbol.asyncIterator]();
      return {
        next: () => told(events.next()),
        return: async () => (await events.return?.()) ?? { done: true, value: undefined },
      };
    },
  });
  return { answered, watched };
}
