import type { Expectation } from './rule-test.ts';
import type { ActualOutcome } from './rule-test-result.ts';

/** What was expected of a step and came out otherwise, a line each; none when all is as expected. */
export function differences(expected: Expectation, actual: ActualOutcome): readonly string[] {
  const wanted: Expectation =
    expected.suppressedBy === undefined ? expected : { alert: false, ...expected };
  const lines = (Object.keys(wanted) as (keyof Expectation)[])
    .filter((field) => !isAsExpected(field, wanted, actual))
    .map((field) => `${field}: expected ${text(wanted[field])}, got ${text(actual[field])}`);
  // An error that nobody expected explains a missing verdict; alone it is no difference.
  const isTold = wanted.error !== undefined || actual.error === undefined;
  return lines.length === 0 || isTold ? lines : [...lines, `error: ${actual.error}`];
}

function isAsExpected(
  field: keyof Expectation,
  expected: Expectation,
  actual: ActualOutcome,
): boolean {
  if (field !== 'error') return expected[field] === actual[field];
  return actual.error?.includes(expected.error ?? '') ?? false;
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
