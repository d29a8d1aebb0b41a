import type { AlertDispatcher } from '#alerts/alert-dispatcher.js';
import { restoredSubject } from '#alerts/spooled-event.js';
import { AgentError } from '#model/agent-error.js';
import type { Alert } from '#model/alert.js';
import type { AlertMemory, RememberedAlert } from './alert-memory.ts';

/** An alert that can be asked about, with what is still known of it. */
export interface KnownAlert {
  readonly alert: Alert;
  /** What it is about; absent when nobody keeps that. */
  readonly subject?: RememberedAlert['finding']['subject'] | undefined;
  /** By what it was decided; absent: that was in an earlier life of the agent, or is forgotten. */
  readonly remembered?: RememberedAlert | undefined;
  /** The alert that was asked for, when it only tells of repeats of this one. */
  readonly repeats?: Alert | undefined;
}

interface KnownAlertsParts {
  readonly memory: AlertMemory;
  readonly spool: Pick<AlertDispatcher, 'find'>;
}

/** Fewer characters than this are more likely a slip than the beginning of a key. */
const SHORTEST_PREFIX = 4;
/** Longer texts are not repeated whole. */
const SHOWN = 80;

/** Finds alerts by their keys: first those that are remembered, then those that the spool still has. */
export class KnownAlerts {
  readonly #memory: AlertMemory;
  readonly #spool: KnownAlertsParts['spool'];

  constructor({ memory, spool }: KnownAlertsParts) {
    this.#memory = memory;
    this.#spool = spool;
  }

  /**
   * The alert with this idempotency key, or the only one whose key begins so. Throws `invalid` for fewer than 4
   * characters, `not-found`, `conflict` when several begin so, and `unavailable` as the spool does.
   */
  find(key: string): KnownAlert {
    const shown = key.length > SHOWN ? `${key.slice(0, SHOWN)}…` : key;
    if (key.length < SHORTEST_PREFIX) {
      const expected = `expected an alert's key, or at least ${SHORTEST_PREFIX} characters of it`;
      throw new AgentError('invalid', `"${shown}": ${expected}`);
    }
    const known = this.#remembered(key) ?? this.#spooled(key);
    if (known === undefined) {
      throw new AgentError('not-found', `there is no alert "${shown}", or it is too long ago`);
    }
    if (known !== 'ambiguous') return known;
    const message = `"${shown}" is the beginning of several alerts' keys, give more of it`;
    throw new AgentError('conflict', message);
  }

  /** The same, but in place of an alert that tells of repeats the one that they repeat, if it is still known. */
  findOriginal(key: string): KnownAlert {
    const known = this.find(key);
    const { repeatOf } = known.alert.arguments;
    if (typeof repeatOf !== 'string') return known;
    const original = this.#remembered(repeatOf) ?? this.#spooled(repeatOf);
    if (original === undefined || original === 'ambiguous') return known;
    return { ...original, repeats: known.alert };
  }

  #remembered(key: string): KnownAlert | 'ambiguous' | undefined {
    const found = this.#memory.find(key);
    if (found === undefined || found === 'ambiguous') return found;
    return { alert: found.alert, subject: found.finding.subject, remembered: found };
  }

  #spooled(key: string): KnownAlert | 'ambiguous' | undefined {
    const found = this.#spool.find(key);
    if (found === undefined || found === 'ambiguous') return found;
    const { alert, event } = found;
    return {
      alert: JSON.parse(alert) as Alert,
      subject: event && restoredSubject(event),
    } as KnownAlert;
  }
}
