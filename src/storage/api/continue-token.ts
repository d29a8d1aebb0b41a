import type { ObjectKey } from '#model/profile-store.js';
import { refusal } from './status.ts';

/** Where a list goes on: after an object, as the kind was at a version. */
export interface ListPosition {
  readonly version: number;
  readonly after: ObjectKey;
}

/** Text for `metadata.continue`; opaque to clients. */
export function continueToken({ version, after }: ListPosition): string {
  const { namespace, name } = after;
  return Buffer.from(JSON.stringify([version, namespace, name])).toString('base64url');
}

/** The position of a token. Throws `BadRequest` for a text that was never one. */
export function parseContinueToken(token: string): ListPosition {
  const [version, namespace, name, ...rest] = valuesOf(token);
  const isWhole =
    Number.isSafeInteger(version) &&
    Number(version) >= 0 &&
    typeof namespace === 'string' &&
    typeof name === 'string' &&
    rest.length === 0;
  if (!isWhole) throw refusal('BadRequest', 'continue key is not valid');
  return { version: Number(version), after: { namespace, name } };
}

function valuesOf(token: string): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(values)) return values;
  } catch {
    // No JSON, so no token either.
  }
  return [];
}

/** The refusal for a token whose version is not kept any more. */
export function tokenExpired() {
  return refusal(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
  );
}
