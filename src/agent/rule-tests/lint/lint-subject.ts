import type { CelProgram } from '#cel/cel-program.js';
import type { ExpressionNode } from '#cel/expression-tree.js';
import type { RuleEventType } from '#rules/rule.js';
import type { RuleHost } from '#rules/rule-host.js';
import type { FieldPath } from '../yaml-spans.ts';
import type { LintCheck, LintLevel } from './lint-check.ts';

/** Tells of something found at a field of the rule; with an offset, at a character of its text. */
export type Report = (
  check: LintCheck,
  message: string,
  at: {
    readonly field: FieldPath;
    readonly offset?: number | undefined;
    /** Absent: that of the check. */
    readonly level?: LintLevel;
  },
) => void;

/** An expression of a rule that compiles. */
export interface CheckedExpression {
  readonly field: FieldPath;
  /** What it is about; of message and unique id each type that the rule is about. */
  readonly types: readonly RuleEventType[];
  readonly isCondition: boolean;
  readonly root: ExpressionNode;
  readonly program: CelProgram<RuleHost, 'bool' | 'string'>;
}

/** A rule as it is written, however wrong. */
export type WrittenRule = Readonly<Record<string, unknown>>;
