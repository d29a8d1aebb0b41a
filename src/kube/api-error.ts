import { AgentError, type ErrorCode } from '#model/agent-error.js';

/** The fields of a `Status` object that we look at; none is believed to have the right type. */
interface StatusFields {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly name?: unknown; readonly retryAfterSeconds?: unknown } | null;
}

/** An answer that is not a success. */
export interface Refusal {
  /** HTTP status, or the `code` of a `Status` in a watch. */
  readonly status: number;
  /** The body: parsed JSON, or text. */
  readonly body: unknown;
  /** Value of the `Retry-After` header, in seconds. */
  readonly retryAfter?: string | undefined;
  /** The call, for the message: `GET /api/v1/pods`. */
  readonly what: string;
}

const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [400, 'invalid'],
  [405, 'invalid'],
  [406, 'invalid'],
  [409, 'conflict'],
  [410, 'expired'],
  // Not `too-large`: that is what a store says of a profile; this is a bound on one request.
  [413, 'exhausted'],
  [415, 'invalid'],
  [422, 'invalid'],
]);

/** The public storage answers 500 to these and its clients go by the words; our store says them too. */
const CODE_OF_WORDS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/object is completed/i, 'completed'],
  [/object is too large/i, 'too-large'],
  // From a server that was set back: only a list finds a version that it knows.
  [/too large resource version/i, 'expired'],
  // etcd and its client: the API server passes these on with a 500.
  [/etcdserver: request is too large|trying to send message larger than max/i, 'exhausted'],
];

const LONGEST_MESSAGE = 500;

/**
 * What an answer means: `expired` (410, or the reasons Expired and Gone), `conflict`, `not-found` (the named
 * object is not there), `invalid` (400, 405, 406, 415, 422), `exhausted` (413), `completed` and `too-large` by
 * the words in the message whatever the status. Everything else is `unavailable`: also 401 and 403, which
 * an administrator puts right without us, and a 404 that names no object: the server does not serve the kind (yet).
 */
export function refusalError(refusal: Refusal): AgentError {
  const status = statusFields(refusal.body);
  const said = typeof status.message === 'string' ? status.message : String(refusal.body ?? '');
  const message = `${refusal.what}: ${refusal.status} ${said.trim().slice(0, LONGEST_MESSAGE)}${hint(refusal.status)}`;
  const retryAfterMs = retryAfterMsOf(refusal, status);
  const code = codeOf(refusal.status, status, said);
  return new AgentError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
}

function codeOf(httpStatus: number, status: StatusFields, said: string): ErrorCode {
  const byWords = CODE_OF_WORDS.find(([words]) => words.test(said));
  if (byWords) return byWords[1];
  if (status.reason === 'Expired' || status.reason === 'Gone') return 'expired';
  if (httpStatus === 404) return status.details?.name ? 'not-found' : 'unavailable';
  return CODE_OF_STATUS.get(httpStatus) ?? 'unavailable';
}

function hint(status: number): string {
  if (status === 401) return ' (the credentials are not accepted)';
  if (status === 403)
    return ' (the credentials do not permit this: see the roles in the manifests)';
  return '';
}

function statusFields(body: unknown): StatusFields {
  return typeof body === 'object' && body !== null ? (body as StatusFields) : {};
}

function retryAfterMsOf({ retryAfter }: Refusal, status: StatusFields): number | undefined {
  const seconds = Number(retryAfter ?? status.details?.retryAfterSeconds ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1_000 : undefined;
}
