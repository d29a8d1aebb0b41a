import { AgentError } from '#model/agent-error.js';
import { OWN_PREFIX } from './standard-functions.ts';

/** Where in an expression something is: both from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * An `invalid` error that says where in `source` something is wrong. `offset` counts characters
 * from 0; without it the message gives no place.
 */
export function failureAt(
  source: string,
  message: string,
  { offset, cause }: { readonly offset?: number | undefined; readonly cause?: unknown } = {},
): AgentError {
  const place = offset === undefined ? '' : `${describe(positionOf(source, offset))}: `;
  return new AgentError('invalid', place + message, { cause });
}

/** What the library said, with the place and without its picture of the source. */
export function failureFrom(source: string, reason: unknown): AgentError {
  if (reason instanceof AgentError) return reason;
  if (!isLibraryError(reason)) return AgentError.from(reason, 'invalid');
  const { node, range, summary } = reason;
  const message = asWritten(summary.charAt(0).toLowerCase() + summary.slice(1));
  return failureAt(source, message, { offset: node?.pos ?? range?.start, cause: reason });
}

interface LibraryError extends Error {
  readonly summary: string;
  readonly node?: { readonly pos: number };
  readonly range?: { readonly start: number };
}

/** The library has three error classes with these members and no common one that it exports. */
function isLibraryError(reason: unknown): reason is LibraryError {
  return reason instanceof Error && 'summary' in reason && typeof reason.summary === 'string';
}

function asWritten(message: string): string {
  return message.replaceAll(OWN_PREFIX, '');
}

function positionOf(source: string, offset: number): Position {
  const before = source.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

function describe({ line, column }: Position): string {
  return `line ${line}, column ${column}`;
}
