import { systemClock } from '#runtime/clock.js';
import { silentLogger } from '#runtime/log.js';
import { systemRandom } from '#runtime/random.js';
import { openSqliteProfileStore, type SqliteProfileStore } from '#storage/sqlite-profile-store.js';

/**
 * Does `work` with the embedded store in a file, beside the agent that may have it open, and closes it.
 * The file is made when it is not there. Rejects as `openSqliteProfileStore` does, and as `work`.
 */
export async function withStoreFile<T>(
  path: string,
  work: (store: SqliteProfileStore) => Promise<T>,
): Promise<T> {
  const store = openSqliteProfileStore({
    path,
    clock: systemClock,
    random: systemRandom,
    log: silentLogger,
  });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}
