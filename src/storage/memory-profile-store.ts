import { LocalProfileStore, type StoreSources } from './local-profile-store.ts';
import { MemoryTables } from './memory-tables.ts';

/** A profile store without a file, for replays, demonstrations and tests. Ends with the process. */
export class MemoryProfileStore extends LocalProfileStore {
  constructor(sources: StoreSources) {
    super(new MemoryTables(), sources);
  }
}
