import type { AlertQuestions } from '#agent/alert-questions.js';
import type { Flow } from '#agent/flow.js';
import type { ProfileAnswer, ProfileQuestion } from '#model/profile-question.js';
import type { Condition } from '#runtime/health.js';

/** A container as the profile cache tells of it. Times are in milliseconds since the Unix epoch. */
export type CacheEntryView = ReturnType<Flow['cache']['list']>[number];

/** What the local port shows; all of it is only read. */
export interface Observed {
  readonly metrics: { render(): Promise<string>; readonly contentType: string };
  readonly health: { conditions(): readonly Condition[] };
  /** Every container in the profile cache. */
  containers(): readonly CacheEntryView[];
  /** The container with this very id. */
  container(id: string): CacheEntryView | undefined;
  /** Which entries of the container's profile allow something; undefined when it has no profile. */
  explain(id: string, question: ProfileQuestion): ProfileAnswer | undefined;
  /** The alerts, and what can be asked about them. */
  readonly alerts: AlertQuestions;
  /** The event accounting. */
  accounting(): unknown;
}
