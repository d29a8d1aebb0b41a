import type { ProfileState } from './projected-profile.ts';

/**
 * The stages at which an event can stop on its way to an alert, in the order in which they are passed.
 * `alert` is not a stage: it is what comes after the last.
 */
export const DECISION_STAGES = [
  /** The rule is disabled, or not for this version of the agent. */
  'disabled',
  /** No binding selects the rule for this pod. */
  'binding',
  /** The rule is not meant for where the container runs. */
  'context',
  /** It requires a profile, and there is none that is final. */
  'profile',
  /** None of its expressions is about this type of event. */
  'eventType',
  /** Its parameters leave the event out. */
  'prefilter',
  /** The profile's policy for the rule allows it. */
  'policy',
  /** Its expressions are not all true, or one failed. */
  'expression',
  /** The expression for the unique id failed. */
  'uniqueId',
  /** Like ones passed already. */
  'cooldown',
] as const;
/** One of {@link DECISION_STAGES}. */
export type DecisionStage = (typeof DECISION_STAGES)[number];

/** What a part of an expression gave. Parts that were not reached have neither value nor error. */
export interface TracedExpression {
  /** As it stands in the source. */
  readonly source: string;
  /** Offset of it in the whole expression, in UTF-16 units. */
  readonly offset: number;
  /** The value as JSON would write it, shortened; of an object its type's name. */
  readonly value?: string;
  readonly error?: string;
  readonly parts: readonly TracedExpression[];
}

/** A call of one of our functions while an expression was evaluated. */
export interface TracedCall {
  /** With its namespace, for example `cp.was_executed`. */
  readonly function: string;
  readonly arguments: readonly unknown[];
  readonly answer?: unknown;
  readonly error?: string;
  /** Of a question to the profile: the entry that allows it, or the one most like it. */
  readonly matched?: ExplainedEntry;
  readonly nearest?: ExplainedEntry;
}

/** An entry of a profile and the stored object it came from. */
export interface ExplainedEntry {
  readonly entry: string;
  /** For example `learned`. */
  readonly role: string;
  /** Kind, namespace and name. */
  readonly object: string;
  readonly resourceVersion?: string;
}

/** Why one rule did or did not alert on one event, for people and machines. */
export interface RuleExplanation {
  readonly ruleId: string;
  readonly ruleName: string;
  /** The manifest that the rule came from. */
  readonly ruleSource: string;
  /** The stage that stopped it; absent when it alerts. */
  readonly suppressedBy?: DecisionStage;
  /** In words, with names and counts. */
  readonly why: string;
  /** What the expressions for this type of event say, all together; absent when there are none. */
  readonly verdict?: boolean;
  /** One for each expression for this type of event. */
  readonly expressions: readonly TracedExpression[];
  readonly calls: readonly TracedCall[];
  readonly profile?: ProfileState & {
    readonly isEnforced: boolean;
    /** Why it was learned only partly; empty when it was not. */
    readonly partialBecause?: readonly string[];
    readonly sources: readonly ExplainedSource[];
  };
  readonly message?: string;
  readonly uniqueId?: string;
}

/** A stored object that a container's profile is made of. */
export interface ExplainedSource {
  readonly role: string;
  readonly object: string;
  readonly resourceVersion?: string;
}
