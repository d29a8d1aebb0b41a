import type { FieldPath } from '../yaml-spans.ts';

/** One thing that is wrong with an object, and with which field of it. */
export interface FormatProblem {
  readonly said: string;
  /** Empty: with all of it. */
  readonly field: FieldPath;
}

/** What a parser of objects found, each by itself: `field.0.name: expected …; other: …`. */
export function formatProblems(message: string): readonly FormatProblem[] {
  return message.split('; ').map((problem) => {
    const [, field = ''] = /^([\w.]+): /.exec(problem) ?? [];
    const keys = field.split('.').filter(Boolean);
    return {
      said: problem.replace(/expected "\w+", got nothing/, 'expected a value, got nothing'),
      field: keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key)),
    };
  });
}
