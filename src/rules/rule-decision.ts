import type { CelProgram } from '#cel/cel-program.js';
import type { EvaluationTrace } from '#cel/evaluation-trace.js';
import type { AgentError } from '#model/agent-error.js';
import type { Finding } from '#model/finding.js';
import type { ContainerProfileEntry } from '#model/projected-profile.js';
import type { DecisionStage } from '#model/rule-decision.js';
import type { Rule } from './rule.ts';
import type { RuleHost } from './rule-host.ts';

/** What is decided, and by which profile. */
export interface DecideOptions {
  readonly ruleId?: string | undefined;
  /** Judge by this profile instead of the one that is looked up; null: there is none. */
  readonly entry?: ContainerProfileEntry | null | undefined;
  /** Evaluate once more with a record of every part. */
  readonly trace?: boolean;
}

/** What becomes of one event at one rule. */
export interface RuleDecision {
  readonly rule: Rule;
  /** The first that stops the event; absent when the rule finds something. `cooldown` is not decided here. */
  readonly stage?: DecisionStage;
  /** In words. */
  readonly why: string;
  /**
   * What the expressions for this type of event say, ANDed, whatever stopped the event before; absent when there
   * are none or they do not compile. False when one failed.
   */
  readonly verdict?: boolean;
  /** Absent too when only fields were given, not an event. */
  readonly finding?: Finding;
  /** What failed last, of the expressions, the message or the unique id. */
  readonly error?: AgentError;
  /** Of a rule whose expressions are true, whatever stopped the event before. */
  readonly message?: string;
  readonly uniqueId?: string;
  /** How the expressions for this type of event came to what they say; only when asked for. */
  readonly traces?: readonly EvaluationTrace[];
  /** What was evaluated; no texts of a rule that does not compile. */
  readonly programs: {
    readonly expressions: readonly CelProgram<RuleHost, 'bool'>[];
    readonly message?: CelProgram<RuleHost, 'string'>;
    readonly uniqueId?: CelProgram<RuleHost, 'string'>;
  };
}
