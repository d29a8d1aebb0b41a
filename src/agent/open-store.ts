import { openClusterStore } from './cluster-store.ts';
import { openEmbeddedStore } from './embedded-store.ts';
import type { OpenedStore, StoreParts } from './opened-store.ts';
import { isStoreFile } from './store-place.ts';

/** Opens the store that the options name. Rejects as the store does, with a message for a person. */
export function openStore(parts: StoreParts): Promise<OpenedStore> {
  return isStoreFile(parts.options.store) ? openEmbeddedStore(parts) : openClusterStore(parts);
}
