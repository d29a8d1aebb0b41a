/**
 * The closed list of ways in which something fails. Branch on these, never on a message.
 * The table in `docs/errors.md` says what each means to a caller and whether it is retried.
 */
export const ERROR_CODES = [
  'aborted',
  'completed',
  'conflict',
  'exhausted',
  'expired',
  'internal',
  'invalid',
  'not-found',
  'too-large',
  'unavailable',
] as const;

/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

const RETRIED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['conflict', 'expired', 'unavailable']);

/** The one error class that crosses folders. Messages are lower case and name the object they speak of. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }

  /** True when the same call may succeed later without anyone changing anything. */
  get isRetried(): boolean {
    return RETRIED.has(this.code);
  }

  /**
   * Turns anything that was caught into an AgentError. An AgentError passes through unchanged; an
   * `AbortError` becomes `aborted`; everything else takes `code` (default `internal`).
   */
  static from(reason: unknown, code: ErrorCode = 'internal'): AgentError {
    if (reason instanceof AgentError) return reason;
    if (reason instanceof Error) {
      const isAbort = reason.name === 'AbortError';
      return new AgentError(isAbort ? 'aborted' : code, reason.message, { cause: reason });
    }
    return new AgentError(code, String(reason), { cause: reason });
  }
}
