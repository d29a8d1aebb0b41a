import { AgentError } from '#model/agent-error.js';

/** How a sink says what should become of a batch that it could not deliver. */
export interface DeliveryFailure {
  /** The receiver will never take these alerts: they are given up and counted. */
  readonly isFinal?: boolean;
  /** The receiver asked to be left alone for so long. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

const FAILURES = new WeakMap<AgentError, DeliveryFailure>();

/** An error that {@link deliveryFailureOf} can tell what to do about. Its code is `unavailable`, or `invalid` when final. */
export function deliveryError(message: string, failure: DeliveryFailure): AgentError {
  const { cause, isFinal = false } = failure;
  const error = new AgentError(isFinal ? 'invalid' : 'unavailable', message, { cause });
  FAILURES.set(error, failure);
  return error;
}

/** What a rejected delivery asked for; nothing in particular when it was any other error. */
export function deliveryFailureOf(error: unknown): DeliveryFailure {
  return (error instanceof AgentError && FAILURES.get(error)) || {};
}
