import { AgentError } from '#model/agent-error.js';

/**
 * What one evaluation may spend. A step is about the work of one operator or of one element of a
 * loop, at most some 100 ns, so that all of them take less than 50 ms.
 */
export const MAX_STEPS = 300_000;

/** Thrown when the budget is spent. No operator absorbs it. */
export const STEPS_EXCEEDED = new AgentError(
  'invalid',
  `expression took more than ${MAX_STEPS} steps`,
);

/** Counts the work of the evaluation that is running. Evaluations do not overlap. */
export class StepBudget {
  /** Steps that may still be spent; less than 0 when it was too much. */
  left = MAX_STEPS;

  /** Takes steps away. Throws {@link STEPS_EXCEEDED} when there are not that many. */
  spend(steps: number): void {
    this.left -= steps;
    if (this.left < 0) throw STEPS_EXCEEDED;
  }

  /** Takes the steps for reading or writing a text of that many characters. */
  spendText(characters: number): void {
    this.left -= 1 + (characters >> 3);
    if (this.left < 0) throw STEPS_EXCEEDED;
  }
}
