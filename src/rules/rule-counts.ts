/**
 * Why a rule was not evaluated for an event of its type. Of several reasons the first that was seen: the
 * index comes before the others, and what it keeps away meets none of them.
 */
export const SKIP_REASONS = ['index', 'policy', 'prefilter', 'profile'] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Which of a rule's expressions failed. */
export const ERROR_STAGES = ['expression', 'message', 'uniqueId'] as const;
export type ErrorStage = (typeof ERROR_STAGES)[number];

/** What happened to one rule since it was first used. Plain numbers: the hot path counts in them. */
export interface RuleCounts {
  /** Events that its expressions were evaluated for, or that were seen to make them false. */
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
    skipped: { index: 0, policy: 0, prefilter: 0, profile: 0 },
    errors: { expression: 0, message: 0, uniqueId: 0 },
  };
}
