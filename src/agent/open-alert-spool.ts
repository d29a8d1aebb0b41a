import { MemorySpoolFile } from '#alerts/memory-spool-file.js';
import type { SpoolFile } from '#alerts/spool-file.js';
import { AgentError } from '#model/agent-error.js';
import type { Clock } from '#runtime/clock.js';
import type { Health } from '#runtime/health.js';
import { errorFields, type Logger } from '#runtime/log.js';
import { SqliteAlertSpoolFile } from '#storage/alert-spool-file.js';
import { LateSpoolFile } from './open-alert-spool-later.ts';
import { isStoreFile } from './store-place.ts';

const USUAL_FILE = '/var/lib/hullwatch/alerts.db';
const CONDITION = 'alert-spool';

interface SpoolParts {
  readonly options: {
    readonly store: string;
    readonly alertSpool: string;
    readonly alertSpoolBytes: number;
  };
  readonly clock: Clock;
  readonly log: Logger;
  readonly health: Pick<Health, 'set' | 'clear'>;
}

/**
 * Opens the spool's file, or makes it. When that cannot be done (disk full, folder not writable, another
 * agent has it) the file that is returned cannot be written, so that alerts wait in memory, and the condition
 * `alert-spool` says so; it is tried again each minute. Throws `invalid` for a file of another program or a newer version.
 */
export function openAlertSpool({ options, clock, log, health }: SpoolParts): SpoolFile {
  const maxBytes = options.alertSpoolBytes;
  const path = spoolPath(options);
  if (path === undefined) return new MemorySpoolFile({ clock, maxBytes });
  const open = () => new SqliteAlertSpoolFile({ path, log, clock, maxBytes });
  try {
    return open();
  } catch (reason) {
    if (AgentError.from(reason).code === 'invalid') throw reason;
    log.error('alert spool cannot be opened: alerts wait in memory', errorFields(reason));
    health.set(
      CONDITION,
      `its file cannot be opened, and a kill of the agent loses alerts that no sink has had: ${AgentError.from(reason).message}`,
    );
    const onOpened = () => health.clear(CONDITION);
    return new LateSpoolFile({ open, reason, onOpened, clock, log });
  }
}

/** Beside an embedded store, unless the options say where; undefined: in memory, as the store itself. */
function spoolPath({ alertSpool, store }: SpoolParts['options']): string | undefined {
  if (alertSpool !== '') return alertSpool;
  if (store === ':memory:') return undefined;
  return isStoreFile(store) ? `${store.replace(/\.db$/, '')}-alerts.db` : USUAL_FILE;
}
