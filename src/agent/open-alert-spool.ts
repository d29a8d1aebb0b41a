import { MemorySpoolFile } from '#alerts/memory-spool-file.js';
import type { SpoolFile } from '#alerts/spool-file.js';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { SqliteAlertSpoolFile } from '#storage/alert-spool-file.js';
import { isStoreFile } from './store-place.ts';

const USUAL_FILE = '/var/lib/hullwatch/alerts.db';
/** While no file can be had. */
const IN_MEMORY_BYTES = 8 * 1024 * 1024;

interface SpoolParts {
  readonly options: {
    readonly store: string;
    readonly alertSpool: string;
    readonly alertSpoolBytes: number;
  };
  readonly clock: Clock;
  readonly log: Logger;
  readonly health: Pick<Health, 'set'>;
}

/**
 * Opens the spool's file, or makes it. When that cannot be done (disk full, folder not writable, another
 * agent has it) alerts wait in memory, and the condition `alert-spool` says so: no alert is worth less
 * for want of a file. Throws `invalid` for a file of another program or a newer version.
 */
export function openAlertSpool({ options, clock, log, health }: SpoolParts): SpoolFile {
  const maxBytes = options.alertSpoolBytes;
  const path = spoolPath(options);
  if (path === undefined) return new MemorySpoolFile({ clock, maxBytes });
  try {
    return new SqliteAlertSpoolFile({ path, log, clock, maxBytes });
  } catch (reason) {
    if (AgentError.from(reason).code === 'invalid') throw reason;
    log.error('alert spool cannot be opened: alerts wait in memory', errorFields(reason));
    health.set(
      'alert-spool',
      `its file cannot be opened, and a kill of the agent loses alerts that no sink has had: ${AgentError.from(reason).message}`,
    );
    return new MemorySpoolFile({ clock, maxBytes: Math.min(maxBytes, IN_MEMORY_BYTES) });
  }
}

/** Beside an embedded store, unless the options say where; undefined: in memory, as the store itself. */
function spoolPath({ alertSpool, store }: SpoolParts['options']): string | undefined {
  if (alertSpool !== '') return alertSpool;
  if (store === ':memory:') return undefined;
  return isStoreFile(store) ? `${store.replace(/\.db$/, '')}-alerts.db` : USUAL_FILE;
}
