import { AgentError } from '#model/agent-error.js';
import type { ProfileStore } from '#model/profile-store.js';
import type { Health } from '#runtime/health.js';

type Condition = 'store-read' | 'store-write';

/**
 * The same store, which sets a condition while it does not answer and clears it with its next answer.
 * Reading and writing are told apart: a full disk is read as before.
 */
export function reportingStore(store: ProfileStore, health: Health): ProfileStore {
  const watch = async <T>(condition: Condition, call: Promise<T>): Promise<T> => {
    try {
      const answer = await call;
      health.clear(condition);
      return answer;
    } catch (reason) {
      const { code, message } = AgentError.from(reason);
      if (code === 'unavailable') health.set(condition, message);
      else if (code !== 'aborted') health.clear(condition);
      throw reason;
    }
  };
  return {
    get: (kind, key, options) => watch('store-read', store.get(kind, key, options)),
    list: (kind, options) => watch('store-read', store.list(kind, options)),
    create: (kind, object, options) => watch('store-write', store.create(kind, object, options)),
    update: (kind, object, options) => watch('store-write', store.update(kind, object, options)),
    delete: (kind, key, options) => watch('store-write', store.delete(kind, key, options)),
  };
}
