import * as v from 'valibot';

/** What is wrong with each field of a value that a schema refused, in words: `field: expected …`. */
export function problemsOf(issues: readonly v.BaseIssue<unknown>[]): string {
  const problems = issues.map((issue) => {
    const field = v.getDotPath(issue);
    return field === null ? problem(issue) : `${field}: ${problem(issue)}`;
  });
  return [...new Set(problems)].join('; ');
}

function problem(issue: v.BaseIssue<unknown>): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return 'there is no such field';
  // Of a field that is missing the library expects the field's name.
  if (
    issue.kind === 'schema' &&
    /^"/.test(issue.expected ?? '') &&
    issue.received === 'undefined'
  ) {
    return 'expected a value, got nothing';
  }
  const isOurs = issue.message.startsWith('expected');
  const wanted = isOurs ? issue.message : `expected ${issue.expected ?? 'something else'}`;
  return `${wanted}, got ${issue.received === 'undefined' ? 'nothing' : issue.received}`;
}
