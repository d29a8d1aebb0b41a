import * as v from 'valibot';

/** What is wrong with an object, field by field, in one line; of each field the first problem. */
export function describeIssues(issues: readonly v.BaseIssue<unknown>[]): string {
  const problems = issues.map((issue) => {
    const field = v.getDotPath(issue);
    return field === null ? problemOf(issue) : `${field}: ${problemOf(issue)}`;
  });
  return [...new Set(problems)].join('; ');
}

function problemOf({ message, expected, received }: v.BaseIssue<unknown>): string {
  if (message.startsWith('unknown field')) return message;
  const wanted = message.startsWith('expected')
    ? message
    : `expected ${expected ?? 'something else'}`;
  // Of a whole object the kind says nothing.
  if (received === 'Object' || received === 'Array') return wanted;
  return `${wanted}, got ${received === 'undefined' ? 'nothing' : received}`;
}
