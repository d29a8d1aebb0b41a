/** Why a rule was not evaluated for an event of its type. */
export const SKIP_REASONS = ['policy', 'prefilter', 'profile'] as const;
type SkipReason = (typeof SKIP_REASONS)[number];

/** Which of a rule's expressions failed. */
export const ERROR_STAGES = ['expression', 'message', 'uniqueId'] as const;
export type ErrorStage = (typeof ERROR_STAGES)[number];

/** What happened to one rule since the engine was made. Plain numbers: the hot path counts in them. */
export interface RuleCounts {
  /** Events that its expressions were evaluated for. */
  evaluated: number;
  findings: number;
  readonly skipped: Record<SkipReason, number>;
  readonly errors: Record<ErrorStage, number>;
}

/** Counts that are all zero. */
export function noCounts(): RuleCounts {
  return {
    evaluated: 0,
    findings: 0,
    skipped: { policy: 0, prefilter: 0, profile: 0 },
    errors: { expression: 0, message: 0, uniqueId: 0 },
  };
}
