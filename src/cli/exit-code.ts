import { AgentError, type ErrorCode } from '#model/agent-error.js';

/** What the process's exit status says; docs/errors.md has the same table. */
export const EXIT = {
  ok: 0,
  /** It could not do its work: something it needs is missing or broken. */
  failed: 1,
  /** What it was given cannot be used: a flag, a file, a manifest. */
  unusable: 2,
  /** It did its work, but a part of what it was given was damaged and left out. */
  damaged: 3,
} as const;

const UNUSABLE: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['invalid', 'not-found']);

/** The exit status for a failure. */
export function exitCodeOf(reason: unknown): number {
  return UNUSABLE.has(AgentError.from(reason).code) ? EXIT.unusable : EXIT.failed;
}
