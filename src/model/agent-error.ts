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

/** What else an {@link AgentError} can carry. */
interface AgentErrorOptions {
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
}

/** The one error class that crosses folders. Messages are lower case and name the object they speak of. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: ErrorCode;
  /** How long whoever refused asks to be left alone, in milliseconds. Undefined when nothing was said. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: AgentErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
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
