import type { OpenedStore, StoreParts } from './opened-store.ts';
import { isStoreFile } from './store-place.ts';

/**
 * Opens the store that the options name. Rejects as the store does, with a message for a person. Only the part of the
 * program that it needs is loaded.
 */
export async function openStore(parts: StoreParts): Promise<OpenedStore> {
  if (isStoreFile(parts.options.store)) {
    const { openEmbeddedStore } = await import('./embedded-store.ts');
    return openEmbeddedStore(parts);
  }
  const { openClusterStore } = await import('./cluster-store.ts');
  return openClusterStore(parts);
}
