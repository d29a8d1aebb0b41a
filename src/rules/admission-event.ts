import { AgentError } from '#model/agent-error.js';
import { isRecord } from '#profile/is-record.js';

/** What is asked of the API server, as rules for `k8s-admission` see it: fields by name, nested as given. */
export type AdmissionEvent = ReadonlyMap<string, unknown>;

/** Variables of such rules beside `event`: parts of the request as the API server sent them. */
export const ADMISSION_VARIABLES = ['object', 'oldObject', 'options', 'params'] as const;
/** By the names of {@link ADMISSION_VARIABLES}; null when there is none. */
export type AdmissionVariables = Readonly<Record<(typeof ADMISSION_VARIABLES)[number], unknown>>;

/** The fields that every request has, with their zeroes. */
const REQUEST = {
  ...{ Kind: '', Group: '', Version: '', Name: '', Namespace: '', Operation: '' },
  ...{ Subresource: '', Resource: '', DryRun: false },
};
const USER = { Username: '', Groups: [], UID: '' };
/** Deeper objects than the API server takes. */
const MAX_DEPTH = 100;

/**
 * An admission request from values as JSON has them. Whole numbers become `int`, others `double`.
 * Throws `invalid` when values are nested without end, or the user is no mapping.
 */
export function admissionEvent(fields: Readonly<Record<string, unknown>>): AdmissionEvent {
  const given = fields['UserInfo'] ?? {};
  if (!isRecord(given)) throw new AgentError('invalid', 'event.UserInfo: expected a mapping');
  const user = { ...USER, ...given };
  return celValue({ ...REQUEST, ...fields, UserInfo: user }) as AdmissionEvent;
}

/** The variables beside the event, from values as JSON has them. Throws as {@link admissionEvent} does. */
export function admissionVariables(values: Readonly<Record<string, unknown>>): AdmissionVariables {
  const entries = ADMISSION_VARIABLES.map((name) => [name, celValue(values[name] ?? null)]);
  return Object.fromEntries(entries) as AdmissionVariables;
}

/** Maps instead of objects: a field named `constructor` would make an object one of no known type. */
function celValue(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH)
    throw new AgentError('invalid', 'event: expected less deeply nested values');
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => celValue(item, depth + 1));
  return new Map(
    Object.entries(value).map(([name, item]) => [name, celValue(item, depth + 1)] as const),
  );
}
