import type { Alert } from '#model/alert.js';
import type { ProfileKind, ProfileKinds } from '#model/profile.js';
import type { RuleExplanation } from '#model/rule-decision.js';

/** An event that a person describes, in the words that rules use. */
export interface AskedEvent {
  /** `type` and any of the fields that rules read, as in test files of rules. */
  readonly event: Readonly<Record<string, unknown>>;
  /** A container of the agent, or the beginning of its id. */
  readonly containerId: string;
  /** Absent: every rule that is about such events. */
  readonly ruleId?: string | undefined;
}

/** What would have allowed what an alert is about. */
export interface AllowingOverlay {
  /** User-managed objects, each to be merged with what the store has under its name. */
  readonly objects: readonly ProfileKinds[ProfileKind][];
  /** What to know before it is applied, for a person; empty when there is nothing. */
  readonly remarks: readonly string[];
}

/** What can be asked about alerts. Every method rejects with an AgentError. */
export interface AlertQuestions {
  /** The last alerts, newest first; a bounded number. */
  recent(): readonly Alert[];
  /** By idempotency key or the beginning of one: `not-found`, or `conflict` when it fits several. */
  alert(key: string): Promise<Alert>;
  /** Why it was raised: by the profile it was judged by then, as far as that is still known. */
  explainAlert(key: string): Promise<RuleExplanation>;
  /** Why an event would raise an alert now, or why not: one for each rule. `invalid` names a field that is wrong. */
  explainEvent(asked: AskedEvent): Promise<readonly RuleExplanation[]>;
  /** `invalid` when no entry of a profile could have allowed it. */
  overlayFor(key: string): Promise<AllowingOverlay>;
}
