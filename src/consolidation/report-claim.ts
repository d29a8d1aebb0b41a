import { ANNOTATION } from '#model/annotations.js';

/** What a report says of how whole it is, held against its own evidence. */
export interface ReportClaim {
  readonly completion: string;
  /** Why it is not complete; empty when nobody said. */
  readonly because: string;
}

/** What may not have happened to a series that is complete. */
const LOSSES = ['lost', 'dropped', 'truncated', 'agentRestarts'] as const;

/**
 * The completion that a report may have: one that says `complete` and names a loss in the same breath is
 * partial. Evidence that cannot be read is none; agents of others write none at all.
 */
export function claimOf(annotations: Readonly<Record<string, string>>): ReportClaim {
  const completion = annotations[ANNOTATION.completion] ?? '';
  const because = annotations[ANNOTATION.partialBecause] ?? '';
  if (completion !== 'complete') return { completion, because };
  if (because !== '') return { completion: 'partial', because };
  const loss = lossIn(annotations[ANNOTATION.evidence]);
  if (loss === undefined) return { completion, because };
  return { completion: 'partial', because: `its evidence says ${loss}` };
}

/** For example `lost 5`; undefined when there is none. */
function lossIn(evidence: string | undefined): string | undefined {
  if (evidence === undefined) return undefined;
  try {
    const counts = Object(JSON.parse(evidence)) as Readonly<Record<string, unknown>>;
    const loss = LOSSES.find((name) => Number(counts[name]) > 0);
    return loss && `${loss} ${Number(counts[loss])}`;
  } catch {
    return undefined;
  }
}
