import type { ProfileRules } from '#kube/profile-rules.js';
import { consolidate } from '#storage/consolidation.js';
import { refusalOf } from '#storage/learning-state.js';
import { isImmutable, updatedMetadata } from '#storage/object-rules.js';
import { isExpired, rowAfterRepeat, rowOf } from '#storage/time-series-row.js';
import { aggregateOf, workloadOf } from '#storage/workload-aggregate.js';

/** The embedded store's rules, as CRD mode takes them. */
export const STORAGE_RULES: ProfileRules = {
  consolidate,
  rowOf,
  rowAfterRepeat,
  refusalOf,
  updatedMetadata,
  isImmutable,
  isExpired,
  workloadOf,
  aggregateOf,
};
