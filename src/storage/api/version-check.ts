import type { WantedVersion } from './list-options.ts';
import { refusal } from './status.ts';

/** The refusal for a version that was not given yet; clients know it by its cause. */
export function tooNew(version: number, current: number) {
  return refusal('Timeout', `Too large resource version: ${version}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** Throws `Timeout` when a version is wanted that the store has not reached. */
export function checkWantedVersion(wanted: WantedVersion, current: number): void {
  if (wanted.match === 'not-older' && wanted.version > current)
    throw tooNew(wanted.version, current);
}
