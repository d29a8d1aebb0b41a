import { AgentError } from '#model/agent-error.js';
import { ANNOTATION } from '#model/annotations.js';
import type { ContainerProfile } from '#model/profile.js';
import type { ProfileStore } from '#model/profile-store.js';
import { withBudget } from '#runtime/abort.js';
import type { Clock } from '#runtime/clock.js';

/**
 * What became of a report: it is stored; it may or may not be, and trying again soon tells; the store
 * does not want it as it is; its name belongs to another object; the profile it belongs to takes no more
 * reports; or it is too large for one request.
 */
export const SAVE_RESULTS = [
  'stored',
  'unknown',
  'refused',
  'name-taken',
  'completed',
  'too-large',
  'oversized',
] as const;
/** One of {@link SAVE_RESULTS}. */
export type SaveResult = (typeof SAVE_RESULTS)[number];

interface Call {
  readonly store: Pick<ProfileStore, 'create' | 'get'>;
  readonly clock: Clock;
  readonly budgetMs: number;
  readonly signal: AbortSignal;
}

/**
 * Stores a report; never rejects. A call that failed may have taken effect all the same, so a report is
 * tried again under its own name until the answer is clear: then the store holds it once.
 */
export async function saveReport(
  report: ContainerProfile,
  call: Call,
): Promise<{ readonly result: SaveResult; readonly error?: AgentError }> {
  const { store, clock, budgetMs, signal } = call;
  const what = `report ${report.metadata.namespace}/${report.metadata.name}`;
  try {
    await withBudget({ clock, budgetMs, signal, what }, (inner) =>
      store.create('ContainerProfile', report, { signal: inner }),
    );
    return { result: 'stored' };
  } catch (reason) {
    const error = AgentError.from(reason);
    return { result: await resultOf(error, report, call), error };
  }
}

async function resultOf(
  error: AgentError,
  report: ContainerProfile,
  call: Call,
): Promise<SaveResult> {
  const { code } = error;
  if (code === 'completed' || code === 'too-large') return code;
  if (code === 'exhausted') return 'oversized';
  if (code === 'conflict') return isOurs(report, call);
  // What was aborted may have reached the store, like what timed out; a damaged store may be repaired.
  return error.isRetried || code === 'aborted' || code === 'internal' ? 'unknown' : 'refused';
}

/** The name is taken: by this report, when an earlier try did take effect. */
async function isOurs(report: ContainerProfile, call: Call): Promise<SaveResult> {
  const { name, namespace } = report.metadata;
  const { store, clock, budgetMs, signal } = call;
  const what = `reading back report ${namespace}/${name}`;
  try {
    const stored = await withBudget({ clock, budgetMs, signal, what }, (inner) =>
      store.get('ContainerProfile', { namespace, name }, { signal: inner }),
    );
    if (stored === undefined) return 'unknown';
    return [ANNOTATION.reportSeriesId, ANNOTATION.reportTimestamp].every(
      (key) => stored.metadata.annotations?.[key] === report.metadata.annotations?.[key],
    )
      ? 'stored'
      : 'name-taken';
  } catch {
    return 'unknown';
  }
}
