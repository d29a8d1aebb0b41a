import type { DecisionStage } from '#model/rule-decision.js';
import type { Expectation } from './rule-test.ts';

/** What came of an event: what a test can expect. */
export interface ActualOutcome {
  /** What the rule's expressions say, all together. Absent when one failed. */
  readonly verdict?: boolean;
  readonly message?: string;
  readonly uniqueId?: string;
  readonly alert?: boolean;
  readonly suppressedBy?: DecisionStage;
  /** Why an expression failed, or the rule could not be loaded. */
  readonly error?: string;
}

/** How one test went. */
export interface RuleTestResult {
  /** The file that the test stands in. */
  readonly file: string;
  readonly name: string;
  readonly rule: string;
  readonly ok: boolean;
  /** Of a test with steps a list, one for each; null when the test is broken. */
  readonly expected: Expectation | readonly Expectation[] | null;
  readonly actual: ActualOutcome | readonly ActualOutcome[] | null;
  /** Why the test could not be run; null when it was. */
  readonly error: string | null;
  /** Of a test that failed, what differs and why, for people: a line each. */
  readonly why: readonly string[];
}
