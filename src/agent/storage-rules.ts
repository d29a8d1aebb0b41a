import type { ProfileRules } from '#kube/profile-rules.js';
import { consolidate } from '#storage/consolidation.js';
import { learningStateOf, refusalOf } from '#storage/learning-state.js';
import { isImmutable, updatedMetadata } from '#storage/object-rules.js';
import { reportTimeMs } from '#storage/report-timestamp.js';
import { rowAfterRepeat, rowOf } from '#storage/time-series-row.js';

/** The embedded store's rules, as CRD mode takes them. */
export const STORAGE_RULES: ProfileRules = {
  consolidate,
  rowOf,
  rowAfterRepeat,
  refusalOf: (profile, row) => refusalOf(learningStateOf(profile), row),
  updatedMetadata,
  isImmutable,
  reportTimeMs,
};
