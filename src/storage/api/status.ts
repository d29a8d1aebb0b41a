/** The HTTP status of each reason that this server gives, as Kubernetes has them (`metav1.StatusReason`). */
const CODE_OF = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

/** Why a request was refused. */
export type StatusReason = keyof typeof CODE_OF;

/** One flaw of what was sent. */
export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  /** Dotted path, for example `spec.execs[0].path`. */
  readonly field?: string;
}

/** What a Status is about. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  /** The kind, or the plural where Kubernetes writes that. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** `v1.Status`: what every request is answered with that does not give an object. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

/** A request that is not done, and the Status that says why. Stays within `storage/api`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: Status;
  /** More headers of the answer, for example `allow`. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: Status, headers: Readonly<Record<string, string>> = {}) {
    super(status.message);
    this.status = status;
    this.headers = headers;
  }
}

/** The Status of a refusal. */
export function failure(reason: StatusReason, message: string, details?: StatusDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details && { details }),
    code: CODE_OF[reason],
  };
}

/** To be thrown. */
export function refusal(reason: StatusReason, message: string, details?: StatusDetails): Refusal {
  return new Refusal(failure(reason, message, details));
}

/** The Status of what was done and gives no object. */
export function success(details: StatusDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details,
    code: 200,
  };
}
