/** How much is logged, least important first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Values that a log line may carry beside its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Constant lower-case messages, everything that varies in fields. Never throws, never waits. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** The fields of an error that belong in a log line. */
export function errorFields(reason: unknown): LogFields {
  if (!(reason instanceof Error)) return { error: String(reason) };
  const code = (reason as { readonly code?: unknown }).code;
  return { error: reason.message, ...(typeof code === 'string' && { code }) };
}
