import { refuseOtherStores } from '#agent/store-place.js';
import { backupStore, checkStore, compactStore } from '#storage/store-maintenance.js';
import { EXIT } from '../exit-code.ts';
import type { Terminal } from '../terminal.ts';

/** What the commands that look after a store file are given. */
export interface MaintenanceOptions {
  /** The option `store` of the agent: the file. */
  readonly store: string;
  readonly terminal: Terminal;
}

/**
 * `hullwatch store check`: says what does not fit in the file, one finding a line. Settles with 0 when
 * there is nothing, with 3 when there is something; rejects when the file cannot be read.
 */
export async function runStoreCheck({ store, terminal }: MaintenanceOptions): Promise<number> {
  refuseOtherStores(store);
  const findings = checkStore(store);
  for (const { object, problem } of findings) {
    terminal.write(`${object === '' ? store : object}: ${problem}\n`);
  }
  if (findings.length === 0) terminal.write(`${store} is whole\n`);
  return findings.length === 0 ? EXIT.ok : EXIT.damaged;
}

/** `hullwatch store backup FILE`: copies the store into a new file, also while an agent writes to it. */
export async function runStoreBackup(
  { store, terminal }: MaintenanceOptions,
  target: string,
): Promise<number> {
  refuseOtherStores(store);
  const { sizeBytes } = backupStore(store, target);
  terminal.write(`${store} copied to ${target} (${sizeBytes} bytes)\n`);
  return EXIT.ok;
}

/** `hullwatch store compact`: gives the room of what was deleted back to the disk. */
export async function runStoreCompact({ store, terminal }: MaintenanceOptions): Promise<number> {
  refuseOtherStores(store);
  const { bytesBefore, bytesAfter } = compactStore(store);
  terminal.write(`${store}: ${bytesBefore} bytes before, ${bytesAfter} bytes after\n`);
  return EXIT.ok;
}
