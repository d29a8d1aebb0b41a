import { isRecord } from '#profile/is-record.js';
import type { Preconditions } from '../object-store.ts';
import { type QueryValues, refuseOptions } from './query-values.ts';
import type { FieldValidation } from './sent-object.ts';
import { refusal } from './status.ts';

const VALIDATIONS: readonly FieldValidation[] = ['Ignore', 'Warn', 'Strict'];

/** How an object is written. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

/** Reads the parameters of `create`, `update` and `patch`. Throws `Invalid` for values that there are not. */
export function parseWriteOptions(query: QueryValues): WriteOptions {
  const asked = query.text('fieldValidation') || 'Warn';
  const fieldValidation = VALIDATIONS.find((each) => each === asked);
  if (fieldValidation === undefined) {
    refuseOptions('CreateOptions', notSupported('fieldValidation', asked, VALIDATIONS));
  }
  return { dryRun: isDryRun(query.all('dryRun')), fieldValidation: fieldValidation ?? 'Warn' };
}

/** How objects are deleted. */
export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly preconditions: Preconditions;
}

/**
 * Reads `DeleteOptions` from the query and from the body, if there is one. A grace period and the way of
 * propagation are taken and mean nothing here: objects go at once, and none has dependents.
 */
export function parseDeleteOptions(query: QueryValues, body: unknown): DeleteOptions {
  if (body !== undefined && !isRecord(body)) {
    throw refusal('BadRequest', 'the body of the request: expected DeleteOptions');
  }
  const { dryRun = [], preconditions = {}, kind = 'DeleteOptions' } = body ?? {};
  if (kind !== 'DeleteOptions') {
    throw refusal('BadRequest', 'the body of the request: expected DeleteOptions');
  }
  const inBody = dryRun === null ? [] : dryRun;
  if (!Array.isArray(inBody)) throw refusal('BadRequest', 'dryRun: expected a list');
  return {
    dryRun: isDryRun([...query.all('dryRun'), ...inBody.map(String)]),
    preconditions: preconditionsOf(preconditions ?? {}),
  };
}

function isDryRun(values: readonly string[]): boolean {
  const unknown = values.find((value) => value !== 'All');
  if (unknown !== undefined) {
    refuseOptions('CreateOptions', notSupported('dryRun', unknown, ['All']));
  }
  return values.length > 0;
}

function preconditionsOf(given: unknown): Preconditions {
  if (!isRecord(given)) throw refusal('BadRequest', 'preconditions: expected an object');
  const { uid, resourceVersion } = given;
  for (const [field, value] of Object.entries({ uid, resourceVersion })) {
    if (value === undefined || value === null || typeof value === 'string') continue;
    throw refusal('BadRequest', `preconditions.${field}: expected a text`);
  }
  return {
    ...(typeof uid === 'string' && { uid }),
    ...(typeof resourceVersion === 'string' && { resourceVersion }),
  };
}

function notSupported(field: string, value: string, supported: readonly string[]) {
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: "${value.slice(0, 50)}": supported values: ${supported.join(', ')}`,
    field,
  };
}
