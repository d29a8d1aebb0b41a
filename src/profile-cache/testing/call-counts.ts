import type { ScriptedProfileStore } from './scripted-profile-store.ts';

/** How many calls were made until now. */
export interface CallCounts {
  readonly calls: number;
  readonly lists: number;
  readonly watchOpenings: number;
}

export function countCalls({ calls, lists, watchOpenings }: ScriptedProfileStore): CallCounts {
  return { calls: calls.length, lists: lists.length, watchOpenings: watchOpenings.length };
}
